/// Checksums of bytes that come in pieces, for whoever must know that a file is whole. It knows nothing
/// of files.
