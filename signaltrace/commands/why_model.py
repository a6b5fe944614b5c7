"""``signaltrace why --model shop.Order``: everything that runs for a model."""

from __future__ import annotations

from signaltrace.commands.door import Door


def show_model(door: Door, label: str) -> None:
    """Print what runs when one of the model is made, saved, deleted or related.

    Raises SignaltraceError, naming the nearest, where there is no such model.
    """
    door.set_up()
    from signaltrace.analysis.model_reach import model_reach
    from signaltrace.facts import Facts
    from signaltrace.inventory.models_read import read_models
    from signaltrace.inventory.registry import read_inventory
    from signaltrace.views import model_reach as view

    # The source and the history say nothing of what runs: they are not read for it.
    facts = Facts(inventory=read_inventory(), models=read_models())
    door.console(door.out).print(view.render(model_reach(facts, label)))
