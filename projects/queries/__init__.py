"""What pages and the API read of requests. Nothing here writes; queries stay constant in number."""
