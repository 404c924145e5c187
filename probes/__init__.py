"""What the outside world is seen to say of our mail: name servers, policy files, certificates."""
