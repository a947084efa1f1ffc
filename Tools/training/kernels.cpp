// Single-threaded training kernels for a CPU, channels last, bfloat16 activations, float32 sums.
//
// PyTorch's own depthwise convolutions are slow in training on a CPU (its weight gradient most of
// all), and its focal loss takes a dozen passes over the largest tensor of the network. These
// kernels do one pass each. Matrix products stay with PyTorch. Several processes train side by
// side, one thread each, so nothing here starts threads.
#include <torch/extension.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

namespace {

using torch::Tensor;
constexpr int L = 16;  // channels per vector
typedef float f32v __attribute__((vector_size(4 * L)));
typedef uint32_t u32v __attribute__((vector_size(4 * L)));
typedef uint16_t u16v __attribute__((vector_size(2 * L)));

inline f32v load(const uint16_t* p) {
  u16v h;
  std::memcpy(&h, p, sizeof h);
  return (f32v)(__builtin_convertvector(h, u32v) << 16);
}

inline void store(uint16_t* p, f32v f) {  // round to nearest even
  u32v u = (u32v)f;
  u32v r = (u + 0x7fffu + ((u >> 16) & 1u)) >> 16;
  u16v h = __builtin_convertvector(r, u16v);
  std::memcpy(p, &h, sizeof h);
}

inline f32v loadf(const float* p) {
  f32v f;
  std::memcpy(&f, p, sizeof f);
  return f;
}

inline void storef(float* p, f32v f) { std::memcpy(p, &f, sizeof f); }
inline f32v splat(float x) { return f32v{} + x; }
inline f32v clamp6(f32v x) {
  x = x > 0.f ? x : splat(0);
  return x < 6.f ? x : splat(6);
}
inline f32v inside6(f32v g, f32v y) {  // gradient of ReLU6, from its output
  f32v z = splat(0);
  g = y > 0.f ? g : z;
  return y < 6.f ? g : z;
}

uint16_t* bits(const Tensor& t) {
  TORCH_CHECK(t.scalar_type() == torch::kBFloat16 && t.is_contiguous(), "bfloat16, contiguous");
  return reinterpret_cast<uint16_t*>(t.data_ptr());
}

float* floats(const Tensor& t) {
  TORCH_CHECK(t.scalar_type() == torch::kFloat && t.is_contiguous(), "float32, contiguous");
  return t.data_ptr<float>();
}

struct Shape {
  int N, H, W, C, OH, OW, top, left;
};

// Copies 16 channels of one photo into a zero-padded float32 plane.
void pad(const uint16_t* x, const Shape& s, int c, int PH, int PW, int top, int left, int H, int W,
         float* out) {
  std::memset(out, 0, sizeof(float) * L * PH * PW);
  for (int y = 0; y < H; y++)
    for (int i = 0; i < W; i++)
      storef(out + ((y + top) * PW + i + left) * L, load(x + ((int64_t)y * W + i) * s.C + c));
}

template <int K, int S>
void dw_forward(const uint16_t* x, const float* w, const float* bias, uint16_t* y, const Shape& s,
                bool relu6) {
  int PH = std::max((s.OH - 1) * S + K, s.H + s.top), PW = std::max((s.OW - 1) * S + K, s.W + s.left);
  std::vector<float> plane((size_t)PH * PW * L);
  for (int n = 0; n < s.N; n++)
    for (int c = 0; c < s.C; c += L) {
      pad(x + (int64_t)n * s.H * s.W * s.C, s, c, PH, PW, s.top, s.left, s.H, s.W, plane.data());
      f32v k[K * K];
      for (int i = 0; i < K * K; i++) k[i] = loadf(w + i * s.C + c);
      f32v b = bias ? loadf(bias + c) : splat(0);
      for (int oy = 0; oy < s.OH; oy++)
        for (int ox = 0; ox < s.OW; ox++) {
          const float* p = plane.data() + ((oy * S) * PW + ox * S) * L;
          f32v a = b, a2 = splat(0);
#pragma GCC unroll 5
          for (int ky = 0; ky < K; ky++)
#pragma GCC unroll 5
            for (int kx = 0; kx < K; kx++) {
              f32v t = k[ky * K + kx] * loadf(p + (ky * PW + kx) * L);
              if ((ky * K + kx) & 1) a2 += t; else a += t;
            }
          a += a2;
          store(y + (((int64_t)n * s.OH + oy) * s.OW + ox) * s.C + c, relu6 ? clamp6(a) : a);
        }
    }
}

template <int K, int S>
void dw_backward(const uint16_t* g, const uint16_t* x, const uint16_t* y, const float* w, uint16_t* gx,
                 float* gw, float* gb, float* gxb, const Shape& s, bool relu6_x) {
  int PH = std::max((s.OH - 1) * S + K, s.H + s.top), PW = std::max((s.OW - 1) * S + K, s.W + s.left);
  // the gradient plane: dilated by nothing; padded by K-1 for the stride-1 case
  int GP = K - 1, GH = s.OH + 2 * GP, GW = s.OW + 2 * GP;
  std::vector<float> px((size_t)PH * PW * L), pg((size_t)GH * GW * L), pd((size_t)PH * PW * L);
  for (int n = 0; n < s.N; n++)
    for (int c = 0; c < s.C; c += L) {
      const uint16_t* xn = x + (int64_t)n * s.H * s.W * s.C;
      pad(xn, s, c, PH, PW, s.top, s.left, s.H, s.W, px.data());
      std::memset(pg.data(), 0, sizeof(float) * pg.size());
      f32v sum = splat(0);
      for (int oy = 0; oy < s.OH; oy++)
        for (int ox = 0; ox < s.OW; ox++) {
          int64_t o = (((int64_t)n * s.OH + oy) * s.OW + ox) * s.C + c;
          f32v v = load(g + o);
          if (y) v = inside6(v, load(y + o));
          sum += v;
          storef(pg.data() + ((oy + GP) * GW + ox + GP) * L, v);
        }
      if (gb) storef(gb + c, loadf(gb + c) + sum);
      f32v acc[K * K];
      for (int i = 0; i < K * K; i++) acc[i] = splat(0);
      for (int oy = 0; oy < s.OH; oy++)
        for (int ox = 0; ox < s.OW; ox++) {
          f32v v = loadf(pg.data() + ((oy + GP) * GW + ox + GP) * L);
          const float* p = px.data() + ((oy * S) * PW + ox * S) * L;
#pragma GCC unroll 5
          for (int ky = 0; ky < K; ky++)
#pragma GCC unroll 5
            for (int kx = 0; kx < K; kx++) acc[ky * K + kx] += v * loadf(p + (ky * PW + kx) * L);
        }
      for (int i = 0; i < K * K; i++) storef(gw + i * s.C + c, loadf(gw + i * s.C + c) + acc[i]);
      if (!gx) continue;
      f32v k[K * K];
      for (int i = 0; i < K * K; i++) k[i] = loadf(w + i * s.C + c);
      if (S > 1) {  // scatter
        std::memset(pd.data(), 0, sizeof(float) * pd.size());
        for (int oy = 0; oy < s.OH; oy++)
          for (int ox = 0; ox < s.OW; ox++) {
            f32v v = loadf(pg.data() + ((oy + GP) * GW + ox + GP) * L);
            float* p = pd.data() + ((oy * S) * PW + ox * S) * L;
#pragma GCC unroll 5
            for (int ky = 0; ky < K; ky++)
#pragma GCC unroll 5
              for (int kx = 0; kx < K; kx++) {
                float* q = p + (ky * PW + kx) * L;
                storef(q, loadf(q) + v * k[ky * K + kx]);
              }
          }
      }
      f32v xsum = splat(0);
      for (int iy = 0; iy < s.H; iy++)
        for (int ix = 0; ix < s.W; ix++) {
          f32v a = splat(0), a2 = splat(0);
          if (S > 1) {
            a = loadf(pd.data() + ((iy + s.top) * PW + ix + s.left) * L);
          } else {  // gx[i] = sum over k of w[k] * g[i + top - k]
            const float* p = pg.data() + ((iy + s.top + GP) * GW + ix + s.left + GP) * L;
#pragma GCC unroll 5
            for (int ky = 0; ky < K; ky++)
#pragma GCC unroll 5
              for (int kx = 0; kx < K; kx++) {
                f32v t = k[ky * K + kx] * loadf(p - (ky * GW + kx) * L);
                if ((ky * K + kx) & 1) a2 += t; else a += t;
              }
            a += a2;
          }
          int64_t o = ((int64_t)iy * s.W + ix) * s.C + c;
          if (relu6_x) a = inside6(a, load(xn + o));
          xsum += a;
          store(gx + (int64_t)n * s.H * s.W * s.C + o, a);
        }
      if (gxb) storef(gxb + c, loadf(gxb + c) + xsum);
    }
}

Shape shape(const Tensor& x, int64_t oh, int64_t ow, int64_t top, int64_t left) {
  TORCH_CHECK(x.dim() == 4 && x.size(3) % L == 0, "N x H x W x C, C a multiple of 16");
  return Shape{(int)x.size(0), (int)x.size(1), (int)x.size(2), (int)x.size(3), (int)oh, (int)ow, (int)top, (int)left};
}

// x: N x H x W x C bfloat16; w: K*K x C float32; bias: C float32 or none. Returns N x OH x OW x C.
Tensor depthwise(const Tensor& x, const Tensor& w, const c10::optional<Tensor>& bias, int64_t k, int64_t stride,
                 int64_t top, int64_t left, int64_t oh, int64_t ow, bool relu6) {
  Shape s = shape(x, oh, ow, top, left);
  Tensor y = torch::empty({s.N, oh, ow, s.C}, x.options());
  const float* b = bias ? floats(*bias) : nullptr;
  if (k == 3 && stride == 1) dw_forward<3, 1>(bits(x), floats(w), b, bits(y), s, relu6);
  else if (k == 3 && stride == 2) dw_forward<3, 2>(bits(x), floats(w), b, bits(y), s, relu6);
  else if (k == 5 && stride == 1) dw_forward<5, 1>(bits(x), floats(w), b, bits(y), s, relu6);
  else if (k == 5 && stride == 2) dw_forward<5, 2>(bits(x), floats(w), b, bits(y), s, relu6);
  else TORCH_CHECK(false, "kernel 3 or 5, stride 1 or 2");
  return y;
}

// g: gradient of the output. y: the output where it went through ReLU6, else none. relu6_x: x itself
// came out of a ReLU6, and its mask is applied to gx. Returns gx (or empty), gw, sum of the masked g
// (bias of this convolution) and sum of gx (bias of the layer before).
std::vector<Tensor> depthwise_backward(const Tensor& g, const Tensor& x, const c10::optional<Tensor>& y,
                                       const Tensor& w, int64_t k, int64_t stride, int64_t top, int64_t left,
                                       bool relu6_x, bool need_x) {
  Shape s = shape(x, g.size(1), g.size(2), top, left);
  Tensor gx = need_x ? torch::empty_like(x) : torch::empty({0}, x.options());
  Tensor gw = torch::zeros_like(w), gb = torch::zeros({s.C}, w.options()), gxb = torch::zeros({s.C}, w.options());
  const uint16_t* yb = y ? bits(*y) : nullptr;
  uint16_t* gxp = need_x ? bits(gx) : nullptr;
#define RUN(K, S) dw_backward<K, S>(bits(g), bits(x), yb, floats(w), gxp, floats(gw), floats(gb), floats(gxb), s, relu6_x)
  if (k == 3 && stride == 1) RUN(3, 1);
  else if (k == 3 && stride == 2) RUN(3, 2);
  else if (k == 5 && stride == 1) RUN(5, 1);
  else if (k == 5 && stride == 2) RUN(5, 2);
  else TORCH_CHECK(false, "kernel 3 or 5, stride 1 or 2");
#undef RUN
  return {gx, gw, gb, gxb};
}

// Focal loss of one level. logits: B x M x C bfloat16 (C = anchors * classes); negative: B x C
// float32, weight of each class as a negative; at, target, boost: flat indexes of positives (relative to
// this level), their target in 0...1 and a weight. Returns the sum and writes its gradient into grad.
double focal(const Tensor& logits, const Tensor& negative, const Tensor& at, const Tensor& target, const Tensor& boost,
             const Tensor& grad, double alpha, double gamma) {
  int64_t B = logits.size(0), M = logits.size(1), C = logits.size(2);
  const uint16_t* x = bits(logits);
  uint16_t* g = bits(grad);
  const float* nw = floats(negative);
  double total = 0;
  float na = 1 - (float)alpha, ga = (float)gamma;
  std::vector<float> lo(C), gr(C), xs(C);
  for (int64_t b = 0; b < B; b++) {
    const float* wb = nw + b * C;
    for (int64_t m = 0; m < M; m++) {
      const uint16_t* xr = x + (b * M + m) * C;
      uint16_t* out = g + (b * M + m) * C;
      float row = 0;
      float* xf = xs.data();
      for (int64_t i = 0; i < C; i++) {
        uint32_t u = (uint32_t)xr[i] << 16;
        std::memcpy(xf + i, &u, 4);
      }
      float* gf = gr.data();
      for (int64_t i = 0; i < C; i++) {
        float v = xf[i];
        float e = std::exp(-std::fabs(v));
        float inv = 1.f / (1.f + e);
        float p = v >= 0 ? inv : e * inv;
        float sp = (v > 0 ? v : 0) + std::log(1.f + e);
        float pg = ga == 1.5f ? p * std::sqrt(p) : std::exp(ga * std::log(p));
        float f = na * wb[i] * pg;
        row += f * sp;
        gf[i] = f * (ga * (1 - p) * sp + p);
      }
      for (int64_t i = 0; i < C; i++) {
        uint32_t u;
        std::memcpy(&u, gf + i, 4);
        out[i] = (uint16_t)((u + 0x7fffu + ((u >> 16) & 1u)) >> 16);
      }
      total += row;
    }
  }
  const int64_t* idx = at.data_ptr<int64_t>();
  const float *tg = floats(target), *bo = floats(boost);
  for (int64_t j = 0; j < at.numel(); j++) {
    int64_t i = idx[j];
    uint32_t u = (uint32_t)x[i] << 16;
    float v;
    std::memcpy(&v, &u, 4);
    double p = 1 / (1 + std::exp(-(double)v)), q = 1 - p;
    double spn = v > 0 ? v + std::log1p(std::exp(-v)) : std::log1p(std::exp(v)), spp = spn - v;
    double w = nw[(i / (M * C)) * C + i % C], t = tg[j];
    double neg = na * w * std::pow(p, gamma) * spn, gneg = na * w * std::pow(p, gamma) * (gamma * q * spn + p);
    double pos = alpha * std::pow(q, gamma) * spp, gpos = -alpha * std::pow(q, gamma) * (gamma * p * spp + q);
    total += t * (bo[j] * pos - neg);
    float r = (float)(t * bo[j] * gpos + (1 - t) * gneg);
    std::memcpy(&u, &r, 4);
    g[i] = (uint16_t)((u + 0x7fffu + ((u >> 16) & 1u)) >> 16);
  }
  return total;
}

// In place: g *= (0 < y < 6); returns the sums over all rows (float32, last dimension).
Tensor mask6(const Tensor& g, const Tensor& y) {
  int64_t C = g.size(-1), M = g.numel() / C;
  TORCH_CHECK(C % L == 0, "channels");
  Tensor s = torch::zeros({C}, g.options().dtype(torch::kFloat));
  uint16_t* gp = bits(g);
  const uint16_t* yp = bits(y);
  float* sp = floats(s);
  for (int64_t m = 0; m < M; m++)
    for (int64_t c = 0; c < C; c += L) {
      f32v v = inside6(load(gp + m * C + c), load(yp + m * C + c));
      store(gp + m * C + c, v);
      storef(sp + c, loadf(sp + c) + v);
    }
  return s;
}

// AdamW on flat buffers, with the exponential moving average of the weights. segments: rows of
// (begin, end); scales: rows of (learning-rate factor, weight decay).
void adamw(const Tensor& p, const Tensor& g, const Tensor& m, const Tensor& v, const Tensor& ema,
           const Tensor& segments, const Tensor& scales, double lr, double b1, double b2, double eps, double c1,
           double c2, double grad_scale, double keep) {
  float *P = floats(p), *G = floats(g), *M = floats(m), *V = floats(v), *E = floats(ema);
  const int64_t* seg = segments.data_ptr<int64_t>();
  const float* sc = floats(scales);
  for (int64_t s = 0; s < segments.size(0); s++) {
    float step = (float)(lr * sc[2 * s] / c1), decay = 1 - (float)(lr * sc[2 * s] * sc[2 * s + 1]);
    float r2 = 1 / std::sqrt((float)c2), fb1 = (float)b1, fb2 = (float)b2, fe = (float)eps, k = (float)keep,
          gs = (float)grad_scale;
#pragma GCC ivdep
    for (int64_t i = seg[2 * s]; i < seg[2 * s + 1]; i++) {
      float gr = G[i] * gs;
      float mi = M[i] = fb1 * M[i] + (1 - fb1) * gr;
      float vi = V[i] = fb2 * V[i] + (1 - fb2) * gr * gr;
      float pi = P[i] = P[i] * decay - step * mi / (std::sqrt(vi) * r2 + fe);
      E[i] = k * E[i] + (1 - k) * pi;
    }
  }
}

}  // namespace

PYBIND11_MODULE(TORCH_EXTENSION_NAME, m) {
  m.def("depthwise", &depthwise);
  m.def("depthwise_backward", &depthwise_backward);
  m.def("focal", &focal);
  m.def("mask6", &mask6);
  m.def("adamw", &adamw);
}
