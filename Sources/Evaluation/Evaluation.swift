/// How right the boxes are: `Annotations` (what people drew) and `DetectionResult`s (what a detector
/// found) go in; a `COCOReport` (COCO's twelve numbers and the average precision of each class, as
/// pycocotools computes them) and a `Reliability` (what a score is worth) come out. It knows nothing of
/// networks and pixels; results may come from this program or from any other.
