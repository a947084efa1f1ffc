/// JSON text (RFC 8259) read and written: values that keep the order of their members, a parser whose time
/// and memory are bounded by the text and whose errors name the byte, and a writer that decides about
/// commas, escapes and decimals. Everybody's JSON goes through here: weight headers, logs, annotations.
