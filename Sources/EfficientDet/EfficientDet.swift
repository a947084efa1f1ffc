// EfficientDet
