"""The demo engine: an OpenAI-compatible server without a language model, for runs on any laptop.

Its writer strings words together with a small n-gram model and follows the length that a prompt asks for, up to a
limit; its judge scores with text statistics; its vectors are hashed words. In the same way it plans, extends texts and
makes up instructions (`tasks`), and says what a long text supports of an answer about it (`grounding`). What comes out
is text to run the workflow on, not a result about any model: the ids, `system_fingerprint` and `owned_by` of its
answers say `demo`.
"""
