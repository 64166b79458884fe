"""What happens here is told to programs elsewhere: signed messages, sent until they were taken."""
