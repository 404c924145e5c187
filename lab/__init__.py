"""The whole world on one machine, for the demo and the tests; nothing in the product knows that it exists."""
