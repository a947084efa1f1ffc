// The reference for maps of bytes (part of scalar.c).

// NaN becomes 0, as in the vector sets.
static uint8_t rounded(float x) { return (uint8_t)rintf(fminf(fmaxf(x, 0), 255)); }

static float product_u8(const struct ck_product *p, const void *const *x, size_t r, size_t n) {
    size_t panel = n / panel_width;
    // A single vector left over joins the panel before it.
    if (panel >= ck_panel_count(lanes, panel_vectors, p->width)) panel--;
    size_t columns = ck_panel_columns(lanes, panel_vectors, p->width, panel), j = n - panel * panel_width;
    const int8_t *weights = (const int8_t *)p->panels + panel * p->taps * p->depth * panel_width;
    int32_t sum = 0;
    for (size_t t = 0; t < p->taps; t++)
        for (size_t k = 0; k < p->depth; k++) {
            size_t row = t * p->depth + k;
            sum += ((const uint8_t *)x[t])[r * p->step + k] * weights[(row / 4 * columns + j) * 4 + row % 4];
        }
    return (float)sum * p->bytes.multipliers[n] + p->bias[n];
}

static void pointwise_u8(const struct ck_product *p, const void *const *x, size_t rows, size_t first,
                         size_t last, const void *residual, void *y) {
    for (size_t panel = first; panel < last; panel++) {
        size_t columns = ck_panel_columns(lanes, panel_vectors, p->width, panel);
        for (size_t r = 0; r < rows; r++)
            for (size_t j = 0; j < columns && panel * panel_width + j < p->width; j++) {
                size_t n = panel * panel_width + j, at = r * p->width + n;
                float value = product_u8(p, x, r, n);
                if (residual) value += (float)((const uint8_t *)residual)[at] * p->bytes.residual;
                if (p->stores_float) {
                    ((float *)y)[at] = activate(value, p->activation);
                } else {
                    uint8_t byte = rounded(value);
                    ((uint8_t *)y)[at] = p->bytes.table ? p->bytes.table[byte] : byte;
                }
            }
    }
}

static void select_u8(const struct ck_product *p, const void *const *x, size_t rows, uint32_t place,
                      struct ck_selection *s) {
    for (size_t r = 0; r < rows; r++)
        for (size_t n = 0; n < p->width; n++) {
            float value = product_u8(p, x, r, n);
            if (!(value > s->limit) || (s->wanted && !s->wanted[n])) continue;
            if (s->count == s->capacity) ck_selection_trim(s);
            s->keys[s->count++] = ck_key(value, place + (uint32_t)(r * p->width + n));
        }
}

static void depthwise_u8(const struct ck_depthwise *d, const void *x, size_t row, void *y, float *sums) {
    uint8_t zero = d->bytes.outside[0];
    for (size_t ox = 0; ox < d->out_width; ox++)
        for (size_t c = 0; c < d->channels; c++) {
            int32_t sum = 0;
            for (size_t ky = 0; ky < d->kernel; ky++)
                for (size_t kx = 0; kx < d->kernel; kx++) {
                    size_t iy = row * d->stride + ky - d->pad_top, ix = ox * d->stride + kx - d->pad_left;
                    int is_inside = iy < d->height && ix < d->width; // wraps below zero
                    uint8_t value =
                        is_inside ? ((const uint8_t *)x)[((iy % d->ring) * d->width + ix) * d->channels + c] : zero;
                    sum += value * d->taps[(ky * d->kernel + kx) * d->channels + c];
                }
            uint8_t byte = rounded((float)sum * d->bytes.multipliers[c] + d->bias[c]);
            if (d->bytes.table) byte = d->bytes.table[byte];
            ((uint8_t *)y)[ox * d->channels + c] = byte;
            if (sums) sums[c] += byte;
        }
}

static void peak_u8(size_t rounds, const void *x, const void *w, int32_t *y) {
    for (size_t r = 0; r < rounds; r++)
        for (size_t i = 0; i < CK_PEAK_SUMS * lanes; i++)
            for (size_t j = 4 * (i % lanes); j < 4 * (i % lanes) + 4; j++)
                y[i] += ((const uint8_t *)x)[j] * ((const int8_t *)w)[j];
}

static void fuse_u8(const uint8_t *const *x, const float *w, size_t inputs, size_t count, uint8_t *y,
                    const uint8_t *table) {
    for (size_t i = 0; i < count; i++) {
        float sum = w[inputs];
        for (size_t j = 0; j < inputs; j++) sum += w[j] * (float)x[j][i];
        uint8_t byte = rounded(sum);
        y[i] = table ? table[byte] : byte;
    }
}

static void scale_u8(const float *x, const float *gate, size_t rows, size_t columns, const float *bias,
                     const struct ck_gated *g, int8_t *y, float *multipliers, float *biases) {
    for (size_t n = 0; n < columns; n++) {
        float most = 0;
        for (size_t k = 0; k < rows; k++)
            most = fmaxf(most, fabsf(x[(k / 4 * columns + n) * 4 + k % 4] * gate[k]));
        float inverse = most > 1e-30f ? 127 / most : 0, scale = most / 127;
        int32_t total = 0;
        for (size_t k = 0; k < rows; k++) {
            size_t at = (k / 4 * columns + n) * 4 + k % 4;
            y[at] = (int8_t)rintf(x[at] * gate[k] * inverse);
            total += y[at];
        }
        multipliers[n] = g->input_scale * scale / g->output_scale;
        biases[n] = (bias[n] - g->input_scale * scale * g->input_zero * (float)total) / g->output_scale + g->output_zero;
    }
}

#define OF(name) name##_u8
#define AT(x, i) (float)((const uint8_t *)(x))[i]
#define PUT(y, i, value) ((uint8_t *)(y))[i] = (uint8_t)(value)
#include "scalar_maxpool.h"
#undef OF
#undef AT
#undef PUT
