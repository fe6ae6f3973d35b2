// OpenSSL builds the path and checks names, extensions, constraints and algorithm strength. Its last step, validity and
// signatures, is replaced by `verify_links`, for two reasons: a path must hold at several times, and the links between
// the authorities of a trust root need not be verified again for each of thousands of leaves.
#include "resolver/trust/crypto/chain.hpp"

#include <algorithm>

#include "resolver/base/hash.hpp"
#include "resolver/trust/crypto/openssl.hpp"

namespace lock::trust::crypto {

bool VerifiedLinks::contains(const std::string& link) const {
  const std::scoped_lock hold(guard_);
  return links_.contains(link);
}

void VerifiedLinks::insert(std::string link) {
  const std::scoped_lock hold(guard_);
  if (links_.size() < kMost) links_.insert(std::move(link));
}

struct PathStore::State {
  std::span<const Time> times;
  VerifiedLinks& links;
  bool remember_leaf;

  static int index() {
    static const int value = X509_STORE_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return value;
  }
};

namespace {

int refuse(X509_STORE_CTX* context, int depth, int reason) {
  X509_STORE_CTX_set_error(context, reason);
  X509_STORE_CTX_set_error_depth(context, depth);
  return 0;
}

std::string link_of(X509* subject, X509* issuer) {
  return base::hash(base::HashAlgorithm::sha256, to_der(i2d_X509, subject)) +
         base::hash(base::HashAlgorithm::sha256, to_der(i2d_X509, issuer));
}

bool is_signed_by(X509* subject, X509* issuer, bool remember, VerifiedLinks& links) {
  std::string link;
  if (remember) {
    link = link_of(subject, issuer);
    if (links.contains(link)) return true;
  }
  EVP_PKEY* key = X509_get0_pubkey(issuer);
  if (key == nullptr || X509_verify(subject, key) != 1) {
    ERR_clear_error();
    return false;
  }
  if (remember) links.insert(std::move(link));
  return true;
}

}  // namespace

// Replaces OpenSSL's internal_verify. The path in the context is complete and ends in a trusted certificate.
static int verify_links(X509_STORE_CTX* context, std::span<const Time> times, VerifiedLinks& links,
                        bool remember_leaf) {
  STACK_OF(X509)* path = X509_STORE_CTX_get0_chain(context);
  const int size = sk_X509_num(path);
  for (int depth = size - 1; depth >= 0; --depth) {
    X509* subject = sk_X509_value(path, depth);
    const auto start = read_time(X509_get0_notBefore(subject));
    const auto end = read_time(X509_get0_notAfter(subject));
    if (!start || !end) return refuse(context, depth, X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD);
    for (const Time time : times) {
      if (time < *start) return refuse(context, depth, X509_V_ERR_CERT_NOT_YET_VALID);
      if (time > *end) return refuse(context, depth, X509_V_ERR_CERT_HAS_EXPIRED);
    }
    // The anchor is trusted as it is, its own signature says nothing.
    if (depth == size - 1) continue;
    if (!is_signed_by(subject, sk_X509_value(path, depth + 1), depth > 0 || remember_leaf, links)) {
      return refuse(context, depth, X509_V_ERR_CERT_SIGNATURE_FAILURE);
    }
  }
  return 1;
}

PathStore::PathStore(std::span<const Certificate> anchors, std::span<const Time> times, VerifiedLinks& links,
                     bool remember_leaf)
    : state_(std::make_unique<State>(State{times, links, remember_leaf})), store_(X509_STORE_new()) {
  for (const Certificate& anchor : anchors) X509_STORE_add_cert(store_, anchor.x509());
  X509_VERIFY_PARAM* parameters = X509_STORE_get0_param(store_);
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM_set_auth_level(parameters, 2);
  X509_VERIFY_PARAM_set_depth(parameters, 8);
  if (!times.empty()) X509_VERIFY_PARAM_set_time(parameters, to_unix(times.front()));
  X509_STORE_set_ex_data(store_, State::index(), state_.get());
  X509_STORE_set_verify(store_, [](X509_STORE_CTX* context) {
    const auto* state =
        static_cast<const State*>(X509_STORE_get_ex_data(X509_STORE_CTX_get0_store(context), State::index()));
    return verify_links(context, state->times, state->links, state->remember_leaf);
  });
}

PathStore::~PathStore() { X509_STORE_free(store_); }

Result<std::vector<Certificate>> verify_path(const PathQuestion& question, VerifiedLinks& links) {
  if (question.times.empty()) return fail(ErrorKind::mismatch, "there is no time at which to judge the certificate");
  const PathStore store(question.anchors, question.times, links, question.remember_leaf);
  const X509StackOwner untrusted(sk_X509_new_null());
  for (const Certificate& certificate : question.untrusted) sk_X509_push(untrusted.get(), certificate.x509());
  const Owner<X509_STORE_CTX, X509_STORE_CTX_free> context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), question.leaf.x509(), untrusted.get());
  if (X509_verify_cert(context.get()) != 1) {
    const int reason = X509_STORE_CTX_get_error(context.get());
    const int depth = X509_STORE_CTX_get_error_depth(context.get());
    ERR_clear_error();
    const bool no_path =
        reason == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY || reason == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT ||
        reason == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE || reason == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN ||
        reason == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT;
    return fail(no_path ? ErrorKind::absent : ErrorKind::mismatch,
                "certificate " + std::to_string(depth) + " of the path: " + X509_verify_cert_error_string(reason));
  }
  std::vector<Certificate> out;
  STACK_OF(X509)* path = X509_STORE_CTX_get0_chain(context.get());
  for (int i = 0; i < sk_X509_num(path); ++i) {
    const X509* wanted = sk_X509_value(path, i);
    if (wanted == question.leaf.x509()) {
      out.push_back(question.leaf);
      continue;
    }
    for (const auto& group : {question.untrusted, question.anchors}) {
      const auto found = std::ranges::find_if(group, [&](const Certificate& c) { return c.x509() == wanted; });
      if (found == group.end()) continue;
      out.push_back(*found);
      break;
    }
  }
  return out;
}

Result<void> check_code_signing_leaf(const Certificate& leaf) {
  if (leaf.is_authority()) return fail(ErrorKind::mismatch, "the signing certificate is an authority's");
  const auto usage = leaf.key_usage();
  if (!usage || (*usage & key_usage::digital_signature) == 0 || (*usage & key_usage::key_cert_sign) != 0) {
    return fail(ErrorKind::mismatch,
                "the certificate's key usage is not that of a signer: digitalSignature is missing, "
                "or keyCertSign present");
  }
  if (std::ranges::find(leaf.extended_key_usage(), oid::code_signing) == leaf.extended_key_usage().end()) {
    return fail(ErrorKind::mismatch, "the certificate lacks the extended key usage codeSigning");
  }
  return {};
}

Result<void> check_time_stamping_leaf(const Certificate& leaf) {
  if (leaf.is_authority()) return fail(ErrorKind::mismatch, "the timestamp's certificate is an authority's");
  if (leaf.extended_key_usage() != std::vector<std::string>{oid::time_stamping} ||
      !leaf.extended_key_usage_is_critical()) {
    return fail(ErrorKind::mismatch,
                "the timestamp's certificate lacks timeStamping as its only, critical extended usage");
  }
  return {};
}

}  // namespace lock::trust::crypto
