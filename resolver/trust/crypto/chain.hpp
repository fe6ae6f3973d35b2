// Certification path validation (RFC 5280 section 6) at points in time of the past, over OpenSSL's path builder.
//
// "Hybrid model": every certificate of the path, the trust anchor too, must be valid at every given time
// (client-spec.md section 4.3). Extended key usages are not looked at here, because OpenSSL 3.0 knows no code signing
// purpose: see `check_code_signing_leaf` and `check_time_stamping_leaf`. Security level 2: no SHA-1, no RSA below 2048
// bits.
#pragma once

#include <cstddef>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "resolver/base/error.hpp"
#include "resolver/trust/crypto/certificate.hpp"

struct x509_store_st;  // OpenSSL's X509_STORE

namespace lock::trust::crypto {

// Which authority certificates were already found to be signed by which others. The authorities of a trust root are the
// same for thousands of leaves, and a P-384 verification costs as much as ten of P-256. Holds no decision about time,
// constraints or trust: those are made anew for each path. Thread-safe; bounded.
class VerifiedLinks {
 public:
  [[nodiscard]] bool contains(const std::string& link) const;
  void insert(std::string link);

 private:
  static constexpr std::size_t kMost = 1024;
  mutable std::mutex guard_;
  std::set<std::string> links_;
};

struct PathQuestion {
  const Certificate& leaf;
  std::span<const Certificate> untrusted;  // may help to build the path; unrelated ones do no harm
  std::span<const Certificate> anchors;    // self-signed, or intermediates that are trusted as they are
  std::span<const Time> times;             // at least one
  // Whether the leaf's own signature is worth remembering: a timestamp authority's is, a signer's is seen once.
  bool remember_leaf = false;
};

// The path, leaf first, anchor last; never of the leaf alone unless it is an anchor itself. Errors: `absent` no path to
// an anchor; `mismatch` a path that does not hold (signature, validity, constraints, weak algorithm).
[[nodiscard]] Result<std::vector<Certificate>> verify_path(const PathQuestion& question, VerifiedLinks& links);

// Not an authority, usage digitalSignature, extended usage codeSigning (fulcio-spec.md; RFC 5280 4.2.1.3, 4.2.1.12).
[[nodiscard]] Result<void> check_code_signing_leaf(const Certificate& leaf);

// Not an authority, extended usage timeStamping alone and critical (RFC 3161 section 2.3).
[[nodiscard]] Result<void> check_time_stamping_leaf(const Certificate& leaf);

// An X509_STORE that answers like verify_path, for OpenSSL functions that walk paths themselves (RFC 3161). `times` and
// `links` must outlive it.
class PathStore {
 public:
  PathStore(std::span<const Certificate> anchors, std::span<const Time> times, VerifiedLinks& links,
            bool remember_leaf);
  PathStore(const PathStore&) = delete;
  PathStore& operator=(const PathStore&) = delete;
  ~PathStore();
  [[nodiscard]] x509_store_st* get() const { return store_; }

 private:
  struct State;
  std::unique_ptr<State> state_;
  x509_store_st* store_;
};

}  // namespace lock::trust::crypto
