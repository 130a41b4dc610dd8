"""The site of the documents: its pages, those that are generated for it, and the check of the built site."""
