"""What forms a request, reads a reply and makes ids: pure functions, which decide results. They send nothing."""
