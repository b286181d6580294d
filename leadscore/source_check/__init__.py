"""What a source map makes of a file, and first drafts of maps; nothing is loaded."""
