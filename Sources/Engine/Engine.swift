/// The engine: a `Graph` and its tensors become a `Plan` of fused steps over one arena, run by a team of
/// workers. It knows kernels and pixels, not EfficientDet.
