// The reference of one element type (part of scalar.c).

static float OF(product)(const struct ck_product *p, const void *const *x, size_t r, size_t n) {
    size_t panel = n / panel_width;
    // A single vector left over joins the panel before it.
    if (panel >= ck_panel_count(lanes, panel_vectors, p->width)) panel--;
    size_t columns = ck_panel_columns(lanes, panel_vectors, p->width, panel), j = n - panel * panel_width;
    const ELEMENT *weights = (const ELEMENT *)p->panels + panel * p->taps * p->depth * panel_width;
    float sum = p->bias[n];
    for (size_t t = 0; t < p->taps; t++)
        for (size_t k = 0; k < p->depth; k++)
            sum += AT(x[t], r * p->step + k) * AT(weights, PLACE(t * p->depth + k, columns, j));
    return activate(sum, p->activation);
}

static void OF(pointwise)(const struct ck_product *p, const void *const *x, size_t rows, size_t first,
                          size_t last, const void *residual, void *y) {
    for (size_t panel = first; panel < last; panel++) {
        size_t columns = ck_panel_columns(lanes, panel_vectors, p->width, panel);
        for (size_t r = 0; r < rows; r++)
            for (size_t j = 0; j < columns && panel * panel_width + j < p->width; j++) {
                size_t n = panel * panel_width + j;
                float sum = OF(product)(p, x, r, n);
                if (residual) sum += AT(residual, r * p->width + n);
                if (p->stores_float) ((float *)y)[r * p->width + n] = sum;
                else PUT(y, r * p->width + n, sum);
            }
    }
}

static void OF(select)(const struct ck_product *p, const void *const *x, size_t rows, uint32_t place,
                       struct ck_selection *s) {
    for (size_t r = 0; r < rows; r++)
        for (size_t n = 0; n < p->width; n++) {
            float value = OF(product)(p, x, r, n);
            if (!(value > s->limit) || (s->wanted && !s->wanted[n])) continue;
            if (s->count == s->capacity) ck_selection_trim(s);
            s->keys[s->count++] = ck_key(value, place + (uint32_t)(r * p->width + n));
        }
}

static void OF(depthwise)(const struct ck_depthwise *d, const void *x, size_t row, void *y, float *sums) {
    for (size_t ox = 0; ox < d->out_width; ox++)
        for (size_t c = 0; c < d->channels; c++) {
            float sum = d->bias[c];
            for (size_t ky = 0; ky < d->kernel; ky++)
                for (size_t kx = 0; kx < d->kernel; kx++) {
                    size_t iy = row * d->stride + ky - d->pad_top, ix = ox * d->stride + kx - d->pad_left;
                    if (iy >= d->height || ix >= d->width) continue; // wraps below zero
                    sum += AT(x, ((iy % d->ring) * d->width + ix) * d->channels + c) *
                           d->weights[(ky * d->kernel + kx) * d->channels + c];
                }
            sum = activate(sum, d->activation);
            PUT(y, ox * d->channels + c, sum);
            if (sums) sums[c] += sum;
        }
}

static void OF(fuse)(const void *const *x, const float *w, size_t inputs, size_t count, void *y,
                     enum ck_activation activation) {
    for (size_t i = 0; i < count; i++) {
        float sum = 0;
        for (size_t j = 0; j < inputs; j++) sum += w[j] * AT(x[j], i);
        PUT(y, i, activate(sum, activation));
    }
}

#include "scalar_maxpool.h"
#undef OF
#undef ELEMENT
#undef AT
#undef PUT
#undef PLACE
