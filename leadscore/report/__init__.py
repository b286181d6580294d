"""The pages that people open every morning, made of what is published."""
