"""Stories of a service whose mail is saved: in a world of their own, whose machines come and go."""
