"""Judging methods: small coroutines that get a row and the client."""
