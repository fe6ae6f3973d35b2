#include "resolver/trust/crypto/timestamp.hpp"

#include <array>

#include "resolver/trust/crypto/openssl.hpp"

// The names of OpenSSL 3.4, which deprecates those of 3.0; what they do is the same.
#if !OPENSSL_VERSION_PREREQ(3, 4)
#define TS_VERIFY_CTX_set0_data TS_VERIFY_CTX_set_data
#define TS_VERIFY_CTX_set0_store TS_VERIFY_CTX_set_store
#define TS_VERIFY_CTX_set0_certs TS_VERIFY_CTX_set_certs
#endif

namespace lock::trust::crypto {
namespace {

std::unexpected<Error> malformed(std::string_view what) {
  return fail(ErrorKind::malformed, "not an RFC 3161 timestamp: " + std::string(what));
}

// Anything weaker than SHA-256 may be stamped over two different messages.
bool is_accepted_hash(TS_TST_INFO* token) {
  const ASN1_OBJECT* algorithm = nullptr;
  X509_ALGOR_get0(&algorithm, nullptr, nullptr, TS_MSG_IMPRINT_get_algo(TS_TST_INFO_get_msg_imprint(token)));
  const int nid = OBJ_obj2nid(algorithm);
  return nid == NID_sha256 || nid == NID_sha384 || nid == NID_sha512;
}

// The certificate that made the CMS signature, out of the token and the authority's chain.
X509* signer_of(PKCS7* token, STACK_OF(X509) * known) {
  const X509StackOwner signers(PKCS7_get0_signers(token, known, 0));
  return signers && sk_X509_num(signers.get()) == 1 ? sk_X509_value(signers.get(), 0) : nullptr;
}

std::unexpected<Error> refused() {
  return fail(ErrorKind::mismatch, "the timestamp does not verify: " + take_openssl_error());
}

}  // namespace

Result<Timestamp> Timestamp::from_response(BytesView der) {
  const auto* cursor = bytes_of(der);
  std::shared_ptr<TS_RESP> response(d2i_TS_RESP(nullptr, &cursor, static_cast<long>(der.size())), TS_RESP_free);
  if (!response) return malformed(take_openssl_error());
  if (cursor != bytes_of(der) + der.size()) return malformed("there are bytes after it");
  const ASN1_INTEGER* status = TS_STATUS_INFO_get0_status(TS_RESP_get_status_info(response.get()));
  const long granted = status == nullptr ? -1 : ASN1_INTEGER_get(status);
  TS_TST_INFO* token = TS_RESP_get_tst_info(response.get());
  if (granted != 0 && granted != 1) return malformed("its status is not granted");
  if (token == nullptr || TS_RESP_get_token(response.get()) == nullptr) return malformed("it holds no token");
  const ASN1_GENERALIZEDTIME* stated = TS_TST_INFO_get_time(token);
  if (stated == nullptr) return malformed("it states no time");
  auto time = parse_generalized_time({reinterpret_cast<const char*>(ASN1_STRING_get0_data(stated)),
                                      static_cast<std::size_t>(ASN1_STRING_length(stated))});
  if (!time) return malformed(time.error().message);
  return Timestamp(std::move(response), *time);
}

Result<Time> verify_timestamp(const Timestamp& timestamp, BytesView data, const TimestampAuthority& authority,
                              VerifiedLinks& links) {
  PKCS7* token = TS_RESP_get_token(timestamp.response());
  if (!is_accepted_hash(TS_RESP_get_tst_info(timestamp.response()))) {
    return fail(ErrorKind::unsupported, "the timestamp is over a hash that is not SHA-256, SHA-384 or SHA-512");
  }
  const std::array<Time, 1> times{timestamp.claimed_time()};
  const std::span<const Certificate> chain(authority.chain);
  X509StackDeepOwner known(sk_X509_new_null());
  for (const Certificate& certificate : chain) {
    X509_up_ref(certificate.x509());
    sk_X509_push(known.get(), certificate.x509());
  }
  X509* signer = signer_of(token, known.get());
  if (signer == nullptr) {
    ERR_clear_error();
    return fail(ErrorKind::absent, "the certificate that signed the timestamp is neither in it nor in the trust root");
  }
  const Certificate& named = chain.front();
  const Bytes der = to_der(i2d_X509, signer);
  // The trust root's own has its key decoded already.
  const auto leaf = der == named.der() ? Result<Certificate>(named) : Certificate::from_der(der);
  if (!leaf) return std::unexpected(leaf.error());
  if (chain.size() > 1 && !named.is_authority() && !(named == *leaf)) {
    return fail(ErrorKind::absent,
                "the timestamp is signed by `" + leaf->subject() + "`, the trust root names `" + named.subject() + "`");
  }
  if (auto profile = check_time_stamping_leaf(*leaf); !profile) return std::unexpected(profile.error());
  // Once here, for the reason that OpenSSL's own walk below would not give; the links are remembered in between.
  const std::span<const Certificate> anchors = chain.last(1);
  const std::span<const Certificate> helpers = chain.first(chain.size() - 1);
  const PathQuestion question{
      .leaf = *leaf, .untrusted = helpers, .anchors = anchors, .times = times, .remember_leaf = true};
  if (auto path = verify_path(question, links); !path) {
    return while_doing("the timestamp of " + format_rfc3339(timestamp.claimed_time()), path.error());
  }
  const PathStore store(anchors, times, links, true);

  const Owner<TS_VERIFY_CTX, TS_VERIFY_CTX_free> context(TS_VERIFY_CTX_new());
  TS_VERIFY_CTX_set_flags(context.get(), TS_VFY_VERSION | TS_VFY_DATA | TS_VFY_SIGNATURE);
  BIO* bio = BIO_new_mem_buf(data.data(), static_cast<int>(data.size()));
  TS_VERIFY_CTX_set0_data(context.get(), bio);  // owns it from here
  X509_STORE_up_ref(store.get());
  TS_VERIFY_CTX_set0_store(context.get(), store.get());  // owns its reference
  TS_VERIFY_CTX_set0_certs(context.get(), known.release());
  if (TS_RESP_verify_response(context.get(), timestamp.response()) != 1) return refused();
  return timestamp.claimed_time();
}

}  // namespace lock::trust::crypto
