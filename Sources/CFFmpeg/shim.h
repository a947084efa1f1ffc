// What Swift cannot import of FFmpeg: computed macros.
#pragma once
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libavutil/log.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>

static const int64_t cffmpeg_no_pts = AV_NOPTS_VALUE;
static const int cffmpeg_error_eof = AVERROR_EOF;
static const int cffmpeg_error_again = AVERROR(EAGAIN);
static const int cffmpeg_error_exit = AVERROR_EXIT;
static const int cffmpeg_error_io = AVERROR(EIO);
static const int cffmpeg_error_memory = AVERROR(ENOMEM);
static const int cffmpeg_error_invalid_data = AVERROR_INVALIDDATA;
static const int cffmpeg_error_no_decoder = AVERROR_DECODER_NOT_FOUND;
static const int cffmpeg_error_no_stream = AVERROR_STREAM_NOT_FOUND;
