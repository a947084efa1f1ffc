/// Frame in, detections out: letterbox, plan, selection, decoding, suppression, boxes in the frame's
/// pixels. The only room where `Engine` and `EfficientDet` meet; it knows nothing of queues and screens.
