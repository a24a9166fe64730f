"""A base for the views of all panels: it arranges and connects widgets, and knows how to leave."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar, cast

import ipywidgets as widgets
from IPython.display import HTML, DisplayHandle, display

from workbench.ground import WorkbenchError, html_text
from workbench.panels.frame.freeing import free
from workbench.panels.frame.look import look, style_sheet, title_html
from workbench.panels.frame.order import keep_order
from workbench.panels.frame.remember import remember
from workbench.panels.frame.scope import Scope
from workbench.panels.frame.state import PanelState
from workbench.panels.frame.waiting import after_a_pause

if TYPE_CHECKING:
    from workbench.connectivity import Connectivity
    from workbench.flows import Flows
    from workbench.inventory import Cluster

__all__ = ["Panel"]

StateT = TypeVar("StateT", bound=PanelState)


class Closable(Protocol):
    """What holds widgets."""

    def close(self) -> None:
        """Take them out of the page, and free them."""


ClosableT = TypeVar("ClosableT", bound=Closable)


class Panel(ABC, Generic[StateT]):
    """What a person sees of a state. It has widgets and is none; a cell that ends on it shows it.

    A subclass makes its widgets in `build`, connects them by `join`, `follow` and `guarded`, and says in
    `static_html` what a saved notebook shows in its place.

    Parameters
    ----------
    looked_at : Cluster, Connectivity, Scope or PanelState
        A cluster, or what is evaluated of it, makes a panel that stands alone; panels of one scope share what is
        selected. A state is taken as it is.
    flows : Flows, optional
        What was seen in the cluster.
    **traits
        Of the state, as it begins: what can be chosen in the panel can be given here.

    Attributes
    ----------
    title : str
        What the panel is called, on its tab and above what a saved notebook shows.
    state : PanelState
        What is shown; may be read and changed from Python.
    view : ipywidgets.VBox
        The widgets.
    """

    title: ClassVar[str]
    states: ClassVar[type[PanelState]] = PanelState
    """The kind of state that is made where none is given."""

    def __init__(
        self,
        looked_at: Cluster | Connectivity | Scope | StateT,
        flows: Flows | None = None,
        **traits: Any,  # noqa: ANN401  (each trait has its own type)
    ) -> None:
        self.state = self._state_of(looked_at, flows, traits)
        self._following: list[tuple[Any, Callable[[Any], None], str | list[str]]] = []
        self._parts: list[Closable] = []
        self._static: DisplayHandle | None = None
        self._whole: Panel[Any] | None = None
        self._message = widgets.HTML().add_class("nw-message")
        self._is_closed = False
        # While the widget is alive, what a saved notebook shows in its place is not needed.
        hiding = widgets.HTML()
        hiding.layout.display = "none"
        # No other one on the page has its name, not even in a notebook of another kernel.
        self._static_class = f"nw-static-{hiding.model_id}"
        hiding.value = f"<style>.{self._static_class} {{ display: none; }}</style>"
        remember(self)
        keep_order()
        self.view = widgets.VBox([look(), hiding, *self.build(), self._message]).add_class("nw-panel")

    def _state_of(
        self, looked_at: Cluster | Connectivity | Scope | StateT, flows: Flows | None, traits: dict[str, Any]
    ) -> StateT:
        if isinstance(looked_at, (PanelState, Scope)):
            if flows is not None:
                message = "the scope has its flows already: give it these, Scope(cluster, flows)"
                raise TypeError(message)
            if isinstance(looked_at, PanelState):
                if traits:
                    message = f"set {', '.join(traits)} on the state that is given"
                    raise TypeError(message)
                return looked_at
            return cast("StateT", self.states(looked_at, **traits))
        return cast("StateT", self.states(Scope(looked_at, flows, asked_by=type(self).__name__), **traits))

    @abstractmethod
    def build(self) -> Sequence[widgets.Widget]:
        """Return the widgets of the panel, from top to bottom; called once."""

    @abstractmethod
    def static_html(self) -> str:
        """Return what is shown without the widgets: a picture or a table, as HTML that needs no script."""

    # --- connecting -------------------------------------------------------------------------------------

    def follow(self, source: Any, names: str | Sequence[str], callback: Callable[[Any], None]) -> None:  # noqa: ANN401
        """Call `callback` when a trait of `source` changes, until the panel is closed.

        Parameters
        ----------
        source : HasTraits
            A state, a scope, a selection or a widget.
        names : str or sequence of str
            Which of its traits.
        callback : callable
            Takes the change. Its errors are shown in the panel.
        """
        wanted = names if isinstance(names, str) else list(names)
        guarded = self.guarded(callback)
        source.observe(guarded, wanted)
        self._following.append((source, guarded, wanted))

    def join(self, widget: widgets.ValueWidget, trait: str, state: Any = None) -> None:  # noqa: ANN401
        """Keep the value of a widget and a trait equal, both ways; a value that is refused is put back.

        Parameters
        ----------
        widget : ipywidgets.ValueWidget
        trait : str
        state : HasTraits, optional
            Whose trait; the panel's state where it is not given.
        """
        owner = self.state if state is None else state

        def chosen(change: Any) -> None:  # noqa: ANN401  (as traitlets has it)
            try:
                owner.set_trait(trait, change.new)
            except Exception:
                widget.value = getattr(owner, trait)
                raise

        widget.value = getattr(owner, trait)
        self.follow(widget, "value", chosen)
        self.follow(owner, trait, lambda change: widget.set_trait("value", change.new))

    def guarded(self, callback: Callable[[Any], None]) -> Callable[[Any], None]:
        """Return `callback` with its errors shown in the panel: Jupyter would hide them in a log.

        Parameters
        ----------
        callback : callable
        """

        def run(event: Any) -> None:  # noqa: ANN401  (each widget passes its own kind of event)
            if self._is_closed:
                return
            try:
                self.say("")
                callback(event)
            except Exception as error:  # noqa: BLE001  (whatever it is, the person must see it)
                self.show_error(error)
            else:
                self._renew_static()

        return run

    def say(self, text: str) -> None:
        """Show a sentence below the panel; an empty one takes it away.

        Parameters
        ----------
        text : str
        """
        self._message.value = f'<div role="status">{html_text(text)}</div>' if text else ""

    def show_error(self, error: BaseException) -> None:
        """Show what went wrong below the panel, with its remedy.

        Parameters
        ----------
        error : BaseException
        """
        name = "" if isinstance(error, (WorkbenchError, ValueError)) else f"<b>{html_text(type(error).__name__)}:</b> "
        self._message.value = f'<div role="alert" class="nw-error">{name}{html_text(str(error))}</div>'

    # --- being shown --------------------------------------------------------------------------------------

    def _ipython_display_(self) -> None:
        display(self.view)  # type: ignore[no-untyped-call]
        # Drawing it takes a moment, in which the widget shows already.
        self._static = display(HTML(self._static_output()), display_id=True)  # type: ignore[no-untyped-call]

    def _static_output(self) -> str:
        body = self.static_html()
        # The style sheet of the widgets is not there without them.
        style = f"<style>{style_sheet()}{self._hiding_what_failed()}</style>"
        return f'<div class="nw-static {self._static_class}">{style}{title_html(self.title)}{body}</div>'

    def _hiding_what_failed(self) -> str:
        """Return a style that hides what JupyterLab writes in the widget's place where there is no such widget."""
        output = ".jp-OutputArea-child"
        return f"{output}:not(:has(.nw-panel)):has(+ {output} .{self._static_class}) {{ display: none; }}"

    def _renew_static(self) -> None:
        """Make what a saved notebook shows anew, once things have come to rest: here, or of what this is a part of."""
        if self._static is not None:
            after_a_pause(self, self._put_static)
        if self._whole is not None:
            self._whole._renew_static()  # noqa: SLF001  (one of us)

    def _put_static(self) -> None:
        if self._static is not None and not self._is_closed:
            self._static.update(HTML(self._static_output()))  # type: ignore[no-untyped-call]

    def hold(self, part: ClosableT) -> ClosableT:
        """Return a part of this panel, in sight or not: it is closed with it.

        Parameters
        ----------
        part : Panel or PanelTable
            Or whatever else can be closed, such as a widget.
        """
        self._parts.append(part)
        return self.show_within(part)

    def show_within(self, part: ClosableT) -> ClosableT:
        """Return a part of this panel that is closed by itself: what changes in it changes what a saved notebook shows.

        Parameters
        ----------
        part : Panel or PanelTable
        """
        if isinstance(part, Panel):
            part._whole = self  # noqa: SLF001  (one of us)
        return part

    def close(self) -> None:
        """Take the panel out of the page, and free what it holds."""
        self._is_closed = True
        for source, callback, names in self._following:
            source.unobserve(callback, names)
        self._following.clear()
        for part in self._parts:
            part.close()
        free(self.view)
