"""A request handed to the engine: its facts, what its forms say, what each decision entails."""
