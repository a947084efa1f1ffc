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

enum { lanes = 2, panel_vectors = 2, panel_width = lanes * panel_vectors };

static void pointwise_f32(const struct ck_product *p, const void *const *x, size_t rows, size_t first,
                          size_t last, const void *residual, void *y) {
    for (size_t panel = first; panel < last; panel++) {
        size_t columns = ck_panel_columns(lanes, panel_vectors, p->width, panel);
        const float *weights = (const float *)p->panels + panel * p->taps * p->depth * panel_width;
        for (size_t r = 0; r < rows; r++)
            for (size_t j = 0; j < columns && panel * panel_width + j < p->width; j++) {
                size_t n = panel * panel_width + j;
                float sum = p->bias[n];
                for (size_t t = 0; t < p->taps; t++)
                    for (size_t k = 0; k < p->depth; k++)
                        sum += ((const float *)x[t])[r * p->step + k] * weights[(t * p->depth + k) * columns + j];
                sum = activate(sum, p->activation);
                if (residual) sum += ((const float *)residual)[r * p->width + n];
                ((float *)y)[r * p->width + n] = sum;
            }
    }
}

static void depthwise_f32(const struct ck_depthwise *d, const void *x, size_t row, void *y, float *sums) {
    for (size_t ox = 0; ox < d->out_width; ox++)
        for (size_t c = 0; c < d->channels; c++) {
            float sum = d->bias[c];
            for (size_t ky = 0; ky < d->kernel; ky++)
                for (size_t kx = 0; kx < d->kernel; kx++) {
                    size_t iy = row * d->stride + ky - d->pad_top, ix = ox * d->stride + kx - d->pad_left;
                    if (iy >= d->height || ix >= d->width) continue; // wraps below zero
                    sum += ((const float *)x)[((iy % d->ring) * d->width + ix) * d->channels + c] *
                           ((const float *)d->weights)[(ky * d->kernel + kx) * d->channels + c];
                }
            sum = activate(sum, d->activation);
            ((float *)y)[ox * d->channels + c] = sum;
            if (sums) sums[c] += sum;
        }
}

static void fuse_f32(const void *const *x, const float *w, size_t inputs, size_t count, void *y,
                     enum ck_activation activation) {
    for (size_t i = 0; i < count; i++) {
        float sum = 0;
        for (size_t j = 0; j < inputs; j++) sum += w[j] * ((const float *)x[j])[i];
        ((float *)y)[i] = activate(sum, activation);
    }
}

static void scale_f32(const void *x, const float *scale, size_t rows, size_t columns, void *y) {
    for (size_t r = 0; r < rows; r++)
        for (size_t n = 0; n < columns; n++)
            ((float *)y)[r * columns + n] = ((const float *)x)[r * columns + n] * scale[r];
}

static void maxpool_f32(const void *x, size_t height, size_t width, size_t channels, size_t kernel_y,
                        size_t kernel_x, size_t stride_y, size_t stride_x, size_t out_height,
                        size_t out_width, size_t row, void *y) {
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
                    best = fmaxf(best, ((const float *)x)[(iy * width + ix) * channels + c]);
                }
            ((float *)y)[ox * channels + c] = best;
        }
}

#include "letterbox_scalar.h"

const struct ck_kernels ck_kernels_scalar = {
    .name = "scalar",
    .lanes = lanes,
    .panel_vectors = panel_vectors,
#define CK_ENTRY(name, parameters) .name = name,
    CK_ROWS(CK_ENTRY)
};
