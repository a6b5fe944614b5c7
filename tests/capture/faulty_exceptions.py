"""The functions of capture of which less can be promised when they fail: why, and what holds instead."""

from __future__ import annotations

# Their call is the program's own call of Django, or Python's of an object that stands for one of the
# program's: when such a frame fails there is no other to go on. What they call of ours may fail.
STAND_INS = {
    "fastpath.build_send.<locals>.send": "is Signal.send",
    "fastpath_robust.build_send_robust.<locals>.send_robust": "is Signal.send_robust",
    "exact.build_async.<locals>.asend": "is Signal.asend and asend_robust",
    "exact.build_live.<locals>._live_receivers": "is Signal._live_receivers",
    "exact.build_log_failure.<locals>._log_robust_failure": "is Signal._log_robust_failure",
    "tail.async_tail.<locals>.asend": "is the coroutine function inside Signal.send",
    "tail.robust_async_tail.<locals>.asend": "is the coroutine function inside Signal.send_robust",
    "drivers.TimedReceiver.__call__": "is the call of an async receiver",
    "drivers.TimedReceiver.__getattr__": "is an attribute of an async receiver",
    "drivers.Driver.__await__": "is the receiver's coroutine",
    "drivers.Driver.__iter__": "the same",
    "drivers.Driver.__next__": "the same",
    "drivers.Driver.__getattr__": "the same",
    "drivers.Driver.send": "the same",
    "drivers.Driver.throw": "the same",
    "drivers.Driver.close": "the same",
    "loops.TimedReceivers.__iter__": "is the list of receivers",
    "loops.TimedReceivers.__add__": "the same",
    "loops._TimedLoop.__iter__": "is the iterator over the receivers",
    "loops._TimedLoop.__next__": "the same",
    "probes.queries.Queries._around.<locals>.execute": "is CursorWrapper._execute and _executemany",
    "probes.bypass_methods.build_writing.<locals>.write": "is QuerySet.bulk_create and others",
    "probes.bypass_methods.build_deciding.<locals>.can_fast_delete": "is Collector.can_fast_delete",
    "probes.bypass_methods.build_async.<locals>.later": "is QuerySet.abulk_create and others",
    "probes.bypass_methods.Loaded.__get__": "is an attribute of a deserialized object",
    "probes.bypass_methods.Loaded.__set__": "the same",
    "probes.bypass_methods.Loaded.__delete__": "the same",
    "probes.outgoing._stand_in.<locals>.send": "is a backend's send_messages, a socket's connect and others",
    "probes.outgoing.Outgoing._of_tasks.<locals>.subclass_with_self": "is Celery.subclass_with_self",
    "probes.outgoing.Outgoing._of_backends.<locals>.__init_subclass__": "is that of BaseEmailBackend",
    "transactions.attributes.Told.__delete__": "is an attribute of a database connection",
    "transactions.methods.build_commit.<locals>.commit": "is BaseDatabaseWrapper.commit",
    "transactions.methods.build_on_commit.<locals>.on_commit": "is BaseDatabaseWrapper.on_commit",
    "transactions.methods.build_run.<locals>.run_and_clear_commit_hooks": "is that of BaseDatabaseWrapper",
    "transactions.callbacks._TimedCallbacks.__iter__": "is the iterator over callbacks of on_commit",
    "transactions.callbacks._TimedCallbacks.__next__": "the same",
}
# The same, called by one of those.
INSIDE_STAND_INS = {
    "shortcuts.resolve": "is the end of Signal._live_receivers",
    "exact.build_sync.<locals>.send": "is Signal.send where the fast loop does not serve",
    "tail.async_tail": "defines the coroutine function inside Signal.send, as Django does",
    "tail.robust_async_tail": "the same for send_robust",
    "tail.robust_async_tail.<locals>.asend_and_wrap_exception": "is that function inside Signal.send_robust",
    "drivers.Driver._step": "is the step of the receiver's coroutine",
    "looks.Looking.__iter__": "is the list of receivers that Signal.send goes through",
    "looks.Looking.__next__": "is the iterator over them",
    "probes.bypass_methods._missing": "is what Python says of an attribute that is not there",
}
# Called by the interpreter when something dies: what they raise is printed, and reaches nobody.
WHEN_SOMETHING_DIES = {
    "arguments.Classes.learn.<locals>.<lambda>",
    "arguments.Classes._forget",
    "names.Names._watch.<locals>.forget",
    "loops.TimedReceivers.__del__",
    "loops._TimedLoop.__del__",
    "field_names.FieldNames._find.<locals>.<lambda>",
    "field_names.FieldNames._forget",
    "transactions.watch.Watch.met.<locals>.<lambda>",
    "transactions.callbacks._TimedCallbacks.__del__",
}
# They take our frames out of the traceback of what a receiver raised: where they fail, those are in it.
HIDING = {
    "failures.unlink", "failures._first_kept", "recorder.Recorder.unlink", "handout.Handout.raised",
    "probes.queries.Queries._leave", "failures.out_of_sight",
}  # fmt: skip
# They put Signal, and what probes replace, back: where they fail it stays patched, which is told, and the
# program goes on as before.
PUTTING_BACK = {
    "recording.Recording._put_back", "patch.uninstall", "patch.Patch.undo", "swaps.Swaps.back",
    "probing.Probing.want", "probing.Probing._end", "probes.queries.Queries.uninstall",
    "probes.outgoing.Outgoing.uninstall", "probes.bypasses.Bypasses.uninstall",
    "probes.bypass_methods.Loaded.uninstall", "probes.transactions.Transactions.uninstall",
}  # fmt: skip
# They count and tell of faults: of their own faults there is a word, and no exact count.
TELLING = {"recorder.Recorder.fault", "recorder.Recorder.fault_list"}
# Their call is the user's, who ends the recording or mute and gets to know. Signal is put back all the same.
ENDING = {
    "recording.Recording.stop", "recording.Recording.__exit__", "recording.Recording.__aexit__",
    "patch.end_mute",
}  # fmt: skip
# Run when their module is imported, or the first recording begun: nothing is recorded yet, and that fails.
AT_IMPORT = {"callsite._folder", "fingerprint._words", "probes.probes"}
# Run by a recorder that is made without a patch.
WITHOUT_A_PATCH = {"steering._nowhere"}
# Run only when another function has failed: that one is made to fail as well.
AFTER_ANOTHER = {
    "recorder.Recorder.lost_arguments": ("arguments._describe", "run"),
    "recorder.Recorder.give_up": ("statements.Statements.find", "run"),
    "transactions.watch.Watch.fault": ("transactions.state.State.begin", "run"),
    "recorder.Recorder._unnamed": ("names.Names.receiver", "run"),
    "recording._told": ("assembly.assemble", "stop"),
}
# Run in a forked child, whose faults are in its own memory.
IN_A_CHILD = {
    "forks._after_fork_in_child", "recorder.Recorder.after_fork", "recording.Recording.restart",
    "probing.Probing.after_fork", "probes.queries.Queries.after_fork", "probes.outgoing.Outgoing.after_fork",
    "probes.fields.FieldsProbe.after_fork", "probes.bypasses.Bypasses.after_fork",
    "probes.bypass_loads.Loads.forget", "probes.transactions.Transactions.after_fork",
    "transactions.state.State.forget", "transactions.blocks.Blocks.forget",
}  # fmt: skip
