"""The form of a request: declared once, answered as one types, compared, made public."""
