// What Swift cannot import of libv4l2: variadic functions and computed macros.
#pragma once
#include <libv4l2.h>
#include <linux/videodev2.h>

static inline int cv4l2_open(const char *path, int flags) { return v4l2_open(path, flags, 0); }
static inline int cv4l2_ioctl(int fd, unsigned long request, void *argument) {
    return v4l2_ioctl(fd, request, argument);
}

static const unsigned long cv4l2_querycap = VIDIOC_QUERYCAP;
static const unsigned long cv4l2_enum_fmt = VIDIOC_ENUM_FMT;
static const unsigned long cv4l2_enum_framesizes = VIDIOC_ENUM_FRAMESIZES;
static const unsigned long cv4l2_enum_frameintervals = VIDIOC_ENUM_FRAMEINTERVALS;
static const unsigned long cv4l2_s_fmt = VIDIOC_S_FMT;
static const unsigned long cv4l2_g_parm = VIDIOC_G_PARM;
static const unsigned long cv4l2_s_parm = VIDIOC_S_PARM;
static const unsigned long cv4l2_reqbufs = VIDIOC_REQBUFS;
static const unsigned long cv4l2_querybuf = VIDIOC_QUERYBUF;
static const unsigned long cv4l2_qbuf = VIDIOC_QBUF;
static const unsigned long cv4l2_dqbuf = VIDIOC_DQBUF;
static const unsigned long cv4l2_streamon = VIDIOC_STREAMON;
static const unsigned long cv4l2_streamoff = VIDIOC_STREAMOFF;

static const unsigned cv4l2_cap_device_caps = V4L2_CAP_DEVICE_CAPS;
static const unsigned cv4l2_cap_capture = V4L2_CAP_VIDEO_CAPTURE;
static const unsigned cv4l2_cap_streaming = V4L2_CAP_STREAMING;
static const unsigned cv4l2_cap_timeperframe = V4L2_CAP_TIMEPERFRAME;
static const unsigned cv4l2_flag_emulated = V4L2_FMT_FLAG_EMULATED;
static const unsigned cv4l2_flag_error = V4L2_BUF_FLAG_ERROR;
static const unsigned cv4l2_flag_timestamp_mask = V4L2_BUF_FLAG_TIMESTAMP_MASK;
static const unsigned cv4l2_flag_timestamp_monotonic = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
