// The reference: written for reading, the truth for every other set.
#pragma STDC FP_CONTRACT OFF
#include "CKernels.h"
#include <math.h>

static float activate(float x, enum ck_activation activation) {
    switch (activation) {
    case ck_none: return x;
    case ck_swish: return x / (1 + expf(-x));
    case ck_relu6: return fminf(fmaxf(x, 0), 6);
    case ck_relu: return fmaxf(x, 0);
    case ck_sigmoid: return 1 / (1 + expf(-x));
    }
    return x;
}

enum { panel_width = 4 };

static void pointwise_f32(const float *x, size_t rows, size_t depth, const float *panels, size_t first,
                          size_t last, const float *bias, size_t width, const float *residual, float *y,
                          enum ck_activation activation) {
    for (size_t r = 0; r < rows; r++)
        for (size_t n = first * panel_width; n < last * panel_width && n < width; n++) {
            const float *panel = panels + n / panel_width * depth * panel_width;
            float sum = bias[n];
            for (size_t k = 0; k < depth; k++)
                sum += x[r * depth + k] * panel[k * panel_width + n % panel_width];
            sum = activate(sum, activation);
            y[r * width + n] = residual ? sum + residual[r * width + n] : sum;
        }
}

static void depthwise_f32(const struct ck_depthwise *d, const float *x, size_t row, float *y) {
    for (size_t ox = 0; ox < d->out_width; ox++)
        for (size_t c = 0; c < d->channels; c++) {
            float sum = d->bias[c];
            for (size_t ky = 0; ky < d->kernel; ky++)
                for (size_t kx = 0; kx < d->kernel; kx++) {
                    size_t iy = row * d->stride + ky - d->pad_top, ix = ox * d->stride + kx - d->pad_left;
                    if (iy >= d->height || ix >= d->width) continue; // wraps below zero
                    sum += x[(iy * d->width + ix) * d->channels + c] *
                           d->weights[(ky * d->kernel + kx) * d->channels + c];
                }
            y[(row * d->out_width + ox) * d->channels + c] = activate(sum, d->activation);
        }
}

static void fuse_f32(const float *const *x, const float *w, size_t inputs, size_t count, float *y,
                     enum ck_activation activation) {
    for (size_t i = 0; i < count; i++) {
        float sum = 0;
        for (size_t j = 0; j < inputs; j++) sum += w[j] * x[j][i];
        y[i] = activate(sum, activation);
    }
}

static void sum_f32(const float *x, size_t pixels, size_t channels, float *sums) {
    for (size_t c = 0; c < channels; c++) {
        float sum = 0;
        for (size_t p = 0; p < pixels; p++) sum += x[p * channels + c];
        sums[c] = sum;
    }
}

static void scale_f32(const float *x, const float *scale, size_t rows, size_t columns, float *y) {
    for (size_t r = 0; r < rows; r++)
        for (size_t n = 0; n < columns; n++) y[r * columns + n] = x[r * columns + n] * scale[r];
}

static void maxpool_f32(const float *x, size_t height, size_t width, size_t channels, size_t kernel_y,
                        size_t kernel_x, size_t stride_y, size_t stride_x, size_t out_height,
                        size_t out_width, size_t row, float *y) {
    size_t total_y = (out_height - 1) * stride_y + kernel_y, total_x = (out_width - 1) * stride_x + kernel_x;
    size_t top = total_y > height ? (total_y - height) / 2 : 0;
    size_t left = total_x > width ? (total_x - width) / 2 : 0;
    for (size_t ox = 0; ox < out_width; ox++)
        for (size_t c = 0; c < channels; c++) {
            float best = -INFINITY;
            for (size_t ky = 0; ky < kernel_y; ky++)
                for (size_t kx = 0; kx < kernel_x; kx++) {
                    size_t iy = row * stride_y + ky - top, ix = ox * stride_x + kx - left;
                    if (iy >= height || ix >= width) continue;
                    best = fmaxf(best, x[(iy * width + ix) * channels + c]);
                }
            y[(row * out_width + ox) * channels + c] = best;
        }
}

#include "letterbox_scalar.h"

const struct ck_kernels ck_kernels_scalar = {
    .name = "scalar",
    .panel_width = panel_width,
#define CK_ENTRY(name, parameters) .name = name,
    CK_ROWS(CK_ENTRY)
};
