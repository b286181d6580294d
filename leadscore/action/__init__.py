"""What is done with a publication: who is told, who gets which lead, what goes back."""
