"""Views over the events: what is restricted when, what falls due, and the audit history."""
