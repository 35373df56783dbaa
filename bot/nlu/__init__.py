"""Components of Rasa's NLU pipeline, one a file."""
