// Detector
