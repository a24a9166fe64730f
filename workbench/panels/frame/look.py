"""How panels look: one style sheet, by JupyterLab's theme, and the few pieces of HTML that all of them use."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import ipywidgets as widgets

from workbench.ground import html_text

__all__ = ["empty_html", "in_folder", "look", "style_sheet", "title_html"]


@cache
def style_sheet() -> str:
    """Return the style sheet of all panels."""
    return (files("workbench.panels.frame") / "style.css").read_text(encoding="utf-8")


def look() -> widgets.HTML:
    """Return a widget without size that brings the style sheet onto the page."""
    found = widgets.HTML(f"<style>{style_sheet()}</style>")
    found.layout.display = "none"
    return found


def title_html(text: str) -> str:
    """Return a heading.

    Parameters
    ----------
    text : str
    """
    return f'<div class="nw-title" role="heading" aria-level="3">{html_text(text)}</div>'


def empty_html(text: str, remedy: str = "") -> str:
    """Return what stands where nothing is to be shown: why, and what to do about it.

    Parameters
    ----------
    text : str
    remedy : str, optional
    """
    more = f"<br>{html_text(remedy)}" if remedy else ""
    return f'<p class="nw-empty" role="status">{html_text(text)}{more}</p>'


def in_folder(place: str) -> str:
    """Return where something stands in so few words that a table has room for it: the file with its folder.

    Parameters
    ----------
    place : str
        ``file:line``.
    """
    return "/".join(place.replace("\\", "/").split("/")[-2:])
