"""The tabs beside what is selected: a module each, which registers its tab. A new one is one file here."""
