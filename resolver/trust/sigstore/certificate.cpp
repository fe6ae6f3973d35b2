#include "resolver/trust/sigstore/certificate.hpp"

#include <algorithm>

#include "resolver/base/encoding.hpp"
#include "resolver/base/text.hpp"
#include "resolver/trust/crypto/sct.hpp"
#include "resolver/trust/sigstore/verify.hpp"

namespace lock::trust::sigstore {
namespace {

// Collects why each authority did not fit. The kind is that of the reason which says most: a path that breaks is news,
// an authority that has nothing to do with it is not.
class Refusals {
 public:
  void add(std::string_view who, const Error& error) {
    if (!text_.empty()) text_ += "; ";
    text_ += std::string(who.empty() ? "an authority" : who) + ": " + base::describe(error);
    if (error.kind != ErrorKind::absent) kind_ = error.kind;
  }
  [[nodiscard]] std::unexpected<Error> fail_with(std::string_view what) const {
    return fail(kind_, std::string(what) + (text_.empty() ? "" : " (" + text_ + ")"));
  }

 private:
  std::string text_;
  ErrorKind kind_ = ErrorKind::absent;
};

Error outside(crypto::Time time, const crypto::Validity& validity) {
  return fail(ErrorKind::absent, "trusted " + crypto::describe(validity) + ", not at " + crypto::format_rfc3339(time))
      .error();
}

const crypto::Time* first_outside(std::span<const crypto::Time> times, const crypto::Validity& validity) {
  const auto found = std::ranges::find_if(times, [&](crypto::Time time) { return !validity.contains(time); });
  return found == times.end() ? nullptr : &*found;
}

}  // namespace

Result<crypto::Time> verify_timestamp_under(const crypto::Timestamp& timestamp, BytesView data,
                                            const TrustedRoot& root) {
  Refusals refusals;
  for (const Authority& authority : root.timestamp_authorities()) {
    const auto time = crypto::verify_timestamp(timestamp, data, {authority.chain}, root.links());
    if (!time) {
      refusals.add(authority.uri, time.error());
    } else if (!authority.validity.contains(*time)) {
      refusals.add(authority.uri, outside(*time, authority.validity));
    } else {
      return *time;
    }
  }
  return refusals.fail_with("no timestamp authority of the trust root " + root.name() + " vouches for the timestamp");
}

Result<std::vector<crypto::Certificate>> verify_path_under(std::span<const crypto::Certificate> certificates,
                                                           const TrustedRoot& root,
                                                           std::span<const crypto::Time> times) {
  Refusals refusals;
  for (const Authority& authority : root.certificate_authorities()) {
    const std::span<const crypto::Certificate> chain(authority.chain);
    std::vector<crypto::Certificate> helpers(chain.begin(), chain.end() - 1);
    helpers.insert(helpers.end(), certificates.begin() + 1, certificates.end());
    auto path = crypto::verify_path(
        {.leaf = certificates.front(), .untrusted = helpers, .anchors = chain.last(1), .times = times}, root.links());
    if (!path) {
      refusals.add(authority.uri, path.error());
    } else if (const auto* time = first_outside(times, authority.validity)) {
      refusals.add(authority.uri, outside(*time, authority.validity));
    } else if (path->size() < 2) {
      refusals.add(authority.uri, fail(ErrorKind::mismatch, "the certificate is an authority's own").error());
    } else {
      return path;
    }
  }
  return refusals.fail_with("no certificate authority of the trust root " + root.name() +
                            " vouches for the certificate");
}

Result<void> verify_scts_under(const crypto::Certificate& leaf, const crypto::Certificate& issuer,
                               const TrustedRoot& root) {
  if (root.ct_logs().empty()) return {};
  const auto scts = crypto::read_scts(leaf);
  if (!scts) return std::unexpected(scts.error());
  if (scts->empty()) return fail(ErrorKind::mismatch, "the certificate holds no signed certificate timestamp");
  Refusals refusals;
  bool verified = false;
  for (const auto& sct : *scts) {
    const auto log = std::ranges::find(root.ct_logs(), sct.log_id, &Log::id);
    if (log == root.ct_logs().end()) {
      refusals.add("log " + base::to_hex(sct.log_id), fail(ErrorKind::absent, "not in the trust root").error());
      continue;
    }
    if (!log->key) {
      refusals.add(log->base_url, log->key.error());
    } else if (!log->validity.contains(sct.time())) {
      refusals.add(log->base_url, outside(sct.time(), log->validity));
    } else if (const auto signed_by = crypto::verify_sct(sct, leaf, issuer, *log->key); !signed_by) {
      return while_doing("the certificate timestamp of " + log->base_url, signed_by.error());
    } else {
      verified = true;
    }
  }
  if (verified) return {};
  return refusals.fail_with("no certificate transparency log of the trust root " + root.name() +
                            " vouches for the certificate");
}

std::vector<crypto::Scheme> accepted_schemes(crypto::KeyKind kind, Bundle::Version version) {
  using Family = crypto::Scheme::Family;
  std::vector<crypto::Scheme> out{crypto::registered_scheme(kind)};
  if (kind == crypto::KeyKind::rsa) out.push_back({Family::rsa_pss, base::HashAlgorithm::sha256});
  if (version == Bundle::Version::cosign &&
      (kind == crypto::KeyKind::ecdsa_p384 || kind == crypto::KeyKind::ecdsa_p521)) {
    out.push_back({Family::ecdsa, base::HashAlgorithm::sha256});
  }
  return out;
}

namespace {
Result<std::string> read_source_repository(const crypto::Certificate& leaf) {
  const auto extension = leaf.extension(crypto::oid::fulcio_source_repository);
  if (!extension) return std::unexpected(extension.error());
  if (!*extension) return std::string();
  auto text = crypto::read_utf8_string(**extension);
  if (!text) return fail(ErrorKind::malformed, "the certificate's source repository is not a DER UTF8String");
  return std::move(*text);
}
}  // namespace

Result<Identity> read_identity(const crypto::Certificate& leaf) {
  const auto names = leaf.alternative_names();
  if (!names) return std::unexpected(names.error());
  // Fulcio writes exactly one. With several, "the" subject would be whichever a verifier likes.
  if (names->size() != 1) {
    return fail(ErrorKind::mismatch, "the certificate holds " + base::count_of(names->size(), "alternative name") +
                                         ", an identity is exactly one");
  }
  if (names->front().kind == crypto::AlternativeName::Kind::other) {
    return fail(ErrorKind::unsupported, "the certificate's alternative name is of a kind that is no identity here");
  }
  const auto current = leaf.extension(crypto::oid::fulcio_issuer);
  const auto old = leaf.extension(crypto::oid::fulcio_issuer_old);
  if (!current) return std::unexpected(current.error());
  if (!old) return std::unexpected(old.error());
  if (!*current && !*old) return fail(ErrorKind::mismatch, "the certificate states no OIDC issuer");
  std::optional<std::string> issuer = *old;
  if (*current) {
    issuer = crypto::read_utf8_string(**current);
    if (!issuer) return fail(ErrorKind::malformed, "the certificate's OIDC issuer is not a DER UTF8String");
    if (*old && **old != *issuer) {
      return fail(ErrorKind::mismatch, "the certificate states two different OIDC issuers");
    }
  }
  if (issuer->empty() || base::harmless(*issuer, issuer->size()) != *issuer) {
    return fail(ErrorKind::malformed, "the certificate's OIDC issuer is empty or holds control characters");
  }
  auto repository = read_source_repository(leaf);
  if (!repository) return std::unexpected(repository.error());
  return Identity{std::move(*issuer), names->front().text, std::move(*repository)};
}

}  // namespace lock::trust::sigstore
