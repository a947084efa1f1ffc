/// Queues and clocks: a `Run` leads frames from a source through a detector to sinks, each stage on its
/// own serial queue. What may happen when is decided by values (`Flow` with its `Mailbox` and `Ledger`)
/// whose events say what to do next; `Run` keeps them behind one lock and acts outside it. Every frame
/// is accounted for: captured = inferred + skipped + dropped. The room knows nothing of codecs,
/// networks and terminals.
