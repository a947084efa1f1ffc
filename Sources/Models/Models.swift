/// The user's models: what public weights there are, fetching them, importing weight files into the store,
/// and what a network holds and costs. It knows nothing of the command line.
