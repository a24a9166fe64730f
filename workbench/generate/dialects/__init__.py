"""Proposals in the words of network plugins and tools, with what each of them cannot say: exported, never applied."""
