/// What a run leaves behind: one JSON Lines file of `run`, `frame`, `gap` and `end` records. Records are
/// values (`RunRecord`, `FrameRecord`, `GapRecord`, `EndRecord`) that write themselves in a fixed key
/// order with fixed decimals, so that equal runs give equal bytes; `JSONLinesWriter` puts whole lines
/// into a file that survives a kill, a full disk and a reader that goes away; `JSONLinesReader` reads
/// them back and trusts nothing it reads. The room knows nothing of queues and networks.
