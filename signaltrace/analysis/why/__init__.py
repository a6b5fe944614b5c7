"""Why a receiver does not run, or runs twice, stage *analysis*: pure functions over Facts.

:mod:`~signaltrace.analysis.why.answer` puts it together: what is meant (``target``), for which signals and
senders (``case``), link by link (``links``, a file each, in the order of the chain), and ``twice``.
"""
