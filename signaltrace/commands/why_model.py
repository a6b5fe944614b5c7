"""``signaltrace why --model shop.Order``: everything that runs for a model."""

from __future__ import annotations

from signaltrace.commands.door import Door


def show_model(door: Door, label: str) -> None:
    """Print what runs when one of the model is made, saved, deleted or related.

    Raises SignaltraceError, naming the nearest, where there is no such model.
    """
    door.set_up()
    from signaltrace.analysis.model_reach import find_model, model_reach
    from signaltrace.facts import Facts
    from signaltrace.inventory.facts_read import read_facts
    from signaltrace.inventory.models_read import read_models
    from signaltrace.views import model_reach as view

    # A name that no model has is told before all else is read.
    find_model(Facts(models=read_models()), label)
    door.console(door.out).print(view.render(model_reach(read_facts(), label)))
