/// EfficientDet (Tan, Pang, Le 2020, arXiv:1911.09070) as data and arithmetic: the configurations of the
/// family, the graph built from one, anchors, box decoding, selection and non-maximum suppression. It
/// knows neither kernels nor pixels. Where implementations differ it follows rwightman's effdet.
