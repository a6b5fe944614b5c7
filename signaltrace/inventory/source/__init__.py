"""What the source of a project says about signals, stage *inventory*: read with ``ast``, never imported."""

from signaltrace.inventory.source.read import parse_module, read_source

__all__ = ["parse_module", "read_source"]
