#include "tests/support/trust/world.hpp"

#include "resolver/base/encoding.hpp"
#include "resolver/base/text.hpp"
#include "resolver/trust/crypto/canonical_json.hpp"
#include "resolver/trust/crypto/checkpoint.hpp"
#include "resolver/trust/crypto/dsse.hpp"
#include "resolver/trust/crypto/pem.hpp"
#include "tests/support/trust/merkle_tree.hpp"

namespace lock::test {
namespace {

namespace json = boost::json;
using base::to_base64;
using base::to_hex;
using trust::crypto::canonical_json;
using trust::crypto::format_rfc3339;
using trust::crypto::from_unix;
using trust::crypto::write_pem;

Bytes sha256(BytesView bytes) { return base::hash(base::HashAlgorithm::sha256, bytes); }

CertificateOptions authority(std::string name) {
  return {.common_name = std::move(name),
          .not_before = kSigningTime - kYear,
          .not_after = kSigningTime + kYear,
          .basic_constraints = "critical,CA:TRUE",
          .key_usage = "critical,keyCertSign,cRLSign",
          .extended_key_usage = {},
          .alternative_names = {},
          .extensions = {}};
}

Issued make_root(std::string name) {
  const Key key = Key::ecdsa("P-384");
  return {key, issue(authority(std::move(name)), key, nullptr, key)};
}

Issued make_under(const Issued& issuer, const CertificateOptions& options, const Key& key) {
  return {key, issue(options, key, &issuer.certificate, issuer.key)};
}

CertificateOptions stamper_options() {
  CertificateOptions out = authority("stamper");
  out.basic_constraints = "";
  out.key_usage = "critical,digitalSignature";
  out.extended_key_usage = "critical,timeStamping";
  return out;
}

json::object validity() { return {{"start", format_rfc3339(from_unix(kSigningTime - kYear))}}; }

json::object log_instance(const Key& key, std::string_view name, std::string_view details, const Bytes& id) {
  return {{"baseUrl", "https://" + std::string(name)},
          {"hashAlgorithm", "SHA2_256"},
          {"publicKey",
           json::object{{"rawBytes", to_base64(key.spki())}, {"keyDetails", details}, {"validFor", validity()}}},
          {"logId", json::object{{"keyId", to_base64(id)}}}};
}

json::object authority_instance(std::string_view uri, std::initializer_list<const Issued*> chain) {
  json::array certificates;
  for (const Issued* issued : chain) {
    certificates.push_back(json::object{{"rawBytes", to_base64(issued->certificate.der())}});
  }
  return {{"subject", json::object{{"commonName", "test"}, {"organization", "test"}}},
          {"uri", uri},
          {"certChain", json::object{{"certificates", certificates}}},
          {"validFor", validity()}};
}

Bytes rekor_2_id(const World& world) {
  return trust::crypto::note_key_id(kRekor2Name, 1, BytesView(world.rekor_2.spki()).substr(12));
}

json::object verifier_v2(const std::optional<Issued>& leaf, const Recipe& recipe) {
  json::object out{{"keyDetails", "PKIX_ECDSA_P256_SHA_256"}};
  if (leaf) {
    out["x509Certificate"] = json::object{{"rawBytes", to_base64(leaf->certificate.der())}};
  } else {
    out["publicKey"] = json::object{{"rawBytes", to_base64(recipe.key->spki())}};
  }
  return out;
}

// The body that a log writes for the signature.
struct Body {
  std::string kind, version;
  json::object spec;
};

Body make_body(const Recipe& recipe, const std::optional<Issued>& leaf, const Bytes& payload, const Bytes& signed_bytes,
               const Bytes& signature) {
  const std::string pem = leaf ? write_pem("CERTIFICATE", leaf->certificate.der()) : recipe.key->pem();
  Body out{
      recipe.entry_kind.empty() ? (recipe.envelope && !recipe.v2_log ? "dsse" : "hashedrekord") : recipe.entry_kind,
      recipe.entry_version.empty() ? (recipe.v2_log ? "0.0.2" : "0.0.1") : recipe.entry_version,
      {}};
  const auto hex_hash = [](BytesView bytes) {
    return json::object{{"algorithm", "sha256"}, {"value", to_hex(sha256(bytes))}};
  };
  const auto base64_hash = [](BytesView bytes) {
    return json::object{{"algorithm", "SHA2_256"}, {"digest", to_base64(sha256(bytes))}};
  };
  const std::string name = out.kind + " " + out.version;
  if (name == "hashedrekord 0.0.1") {
    out.spec = {{"data", json::object{{"hash", hex_hash(signed_bytes)}}},
                {"signature", json::object{{"content", to_base64(signature)},
                                           {"publicKey", json::object{{"content", to_base64(pem)}}}}}};
  } else if (name == "hashedrekord 0.0.2") {
    out.spec = {
        {"hashedRekordV002", json::object{{"data", base64_hash(signed_bytes)},
                                          {"signature", json::object{{"content", to_base64(signature)},
                                                                     {"verifier", verifier_v2(leaf, recipe)}}}}}};
  } else if (name == "dsse 0.0.1") {
    out.spec = {
        {"envelopeHash", hex_hash("as uploaded")},
        {"payloadHash", hex_hash(payload)},
        {"signatures", json::array{json::object{{"signature", to_base64(signature)}, {"verifier", to_base64(pem)}}}}};
  } else if (name == "dsse 0.0.2") {
    out.spec = {
        {"dsseV002", json::object{{"payloadHash", base64_hash(payload)},
                                  {"signatures", json::array{json::object{{"content", to_base64(signature)},
                                                                          {"verifier", verifier_v2(leaf, recipe)}}}}}}};
  } else if (name == "intoto 0.0.2") {
    const json::object one{{"publicKey", to_base64(pem)}, {"sig", to_base64(to_base64(signature))}};
    out.spec = {{"content", json::object{{"envelope", json::object{{"payloadType", recipe.payload_type},
                                                                   {"signatures", json::array{one}}}},
                                         {"hash", hex_hash("as uploaded")},
                                         {"payloadHash", hex_hash(payload)}}}};
  } else {
    out.spec = {{"unknown", true}};
  }
  return out;
}

}  // namespace

Bytes image_manifest(std::string_view salt) {
  return json::serialize(json::object{{"schemaVersion", 2},
                                      {"mediaType", "application/vnd.oci.image.manifest.v1+json"},
                                      {"config", json::object{{"mediaType", "application/vnd.oci.image.config.v1+json"},
                                                              {"digest", "sha256:" + to_hex(sha256(kImageConfig))},
                                                              {"size", kImageConfig.size()}}},
                                      {"layers", json::array{}},
                                      {"annotations", json::object{{"salt", salt}}}});
}

Bytes statement(std::string_view predicate_type, BytesView about_message) {
  return json::serialize(json::object{
      {"_type", "https://in-toto.io/Statement/v1"},
      {"subject", json::array{json::object{{"name", "image"},
                                           {"digest", json::object{{"sha256", to_hex(sha256(about_message))}}}}}},
      {"predicateType", predicate_type},
      {"predicate", json::object{}}});
}

World::World()
    : root(make_root("ca root")),
      intermediate([this] {
        CertificateOptions options = authority("ca intermediate");
        options.basic_constraints = "critical,CA:TRUE,pathlen:0";
        options.extended_key_usage = "codeSigning";
        return make_under(root, options, Key::ecdsa("P-384"));
      }()),
      stamp_root(make_root("stamp root")),
      stamper(make_under(stamp_root, stamper_options(), Key::ecdsa())),
      ct_log(Key::ecdsa()),
      rekor_1(Key::ecdsa()),
      rekor_2(Key::ed25519()) {}

json::object World::trusted_root() const {
  return {{"mediaType", "application/vnd.dev.sigstore.trustedroot+json;version=0.1"},
          {"tlogs", json::array{log_instance(rekor_1, kRekor1Name, "PKIX_ECDSA_P256_SHA_256", rekor_1.fingerprint()),
                                log_instance(rekor_2, kRekor2Name, "PKIX_ED25519", rekor_2_id(*this))}},
          {"certificateAuthorities", json::array{authority_instance("https://fulcio.example", {&intermediate, &root})}},
          {"ctlogs", json::array{log_instance(ct_log, "ct.example", "PKIX_ECDSA_P256_SHA_256", ct_log.fingerprint())}},
          {"timestampAuthorities", json::array{authority_instance("https://stamp.example", {&stamper, &stamp_root})}}};
}

Issued World::issue_leaf(const Recipe& recipe) const {
  CertificateOptions options = recipe.leaf;
  options.common_name = "";
  if (options.not_before == 0) options.not_before = kSigningTime - 300;
  if (options.not_after == 0) options.not_after = kSigningTime + 300;
  if (options.extended_key_usage.empty()) options.extended_key_usage = "codeSigning";
  if (options.extended_key_usage == "none") options.extended_key_usage.clear();
  if (options.alternative_names.empty()) options.alternative_names = {"URI:" + std::string(kSubject)};
  if (recipe.issuer) options.extensions.emplace_back(trust::crypto::oid::fulcio_issuer, utf8_string(*recipe.issuer));
  if (recipe.old_issuer) options.extensions.emplace_back(trust::crypto::oid::fulcio_issuer_old, *recipe.old_issuer);
  const Key key = recipe.leaf_key.value_or(Key::ecdsa());
  const Issued& issuer = recipe.root_signs_leaf ? root : intermediate;
  const auto precertificate = issue(options, key, &issuer.certificate, issuer.key);
  if (!recipe.sct) return {key, precertificate};
  const auto extension =
      sct_extension(precertificate, issuer.certificate, ct_log, kSigningTime - 200, recipe.sct_extensions);
  return {key, with_extension(precertificate, extension, issuer.key, recipe.leaf.sha1)};
}

json::object World::log_entry(const Recipe& recipe, const Bytes& body, const std::string& kind,
                              const std::string& version) const {
  const std::vector<Bytes> leaves{"leaf 0", "leaf 1", "leaf 2", body, "leaf 4"};
  const Bytes tree = tree_hash(leaves);
  json::array hashes;
  for (const Bytes& hash : audit_path(3, leaves)) hashes.push_back(json::string(to_base64(hash)));
  const Key& key = recipe.v2_log ? rekor_2 : rekor_1;
  const Bytes id = recipe.v2_log ? rekor_2_id(*this) : rekor_1.fingerprint();
  const std::string name(recipe.v2_log ? kRekor2Name : kRekor1Name);
  const std::string origin = !recipe.origin.empty() ? recipe.origin : recipe.v2_log ? name : name + " - 42";
  const std::string text = origin + "\n5\n" + to_base64(tree) + "\n";
  const std::string note = text + "\n\xE2\x80\x94 " + name + " " + to_base64(id.substr(0, 4) + key.sign(text)) + "\n";
  json::object out{{"logIndex", "1003"},
                   {"logId", json::object{{"keyId", to_base64(id)}}},
                   {"kindVersion", json::object{{"kind", kind}, {"version", version}}},
                   {"inclusionProof", json::object{{"logIndex", "3"},
                                                   {"rootHash", to_base64(tree)},
                                                   {"treeSize", "5"},
                                                   {"hashes", hashes},
                                                   {"checkpoint", json::object{{"envelope", note}}}}},
                   {"canonicalizedBody", to_base64(body)}};
  if (recipe.v2_log) return out;
  out["integratedTime"] = std::to_string(recipe.time);
  const json::object promised{
      {"body", to_base64(body)}, {"integratedTime", recipe.time}, {"logID", to_hex(id)}, {"logIndex", 1003}};
  if (recipe.promise) {
    out["inclusionPromise"] = json::object{{"signedEntryTimestamp", to_base64(rekor_1.sign(canonical_json(promised)))}};
  }
  return out;
}

json::object World::sign(const Recipe& recipe) const {
  std::optional<Issued> leaf;
  if (!recipe.key) leaf = issue_leaf(recipe);
  const Key& key = recipe.key ? *recipe.key : leaf->key;
  const Bytes payload =
      recipe.payload.value_or(statement(recipe.predicate_type, recipe.statement_about.value_or(recipe.message)));
  const Bytes signed_bytes =
      recipe.envelope ? trust::crypto::pre_authentication_encoding(recipe.payload_type, payload) : recipe.message;
  const Bytes signature = key.sign(signed_bytes);
  const Body body = make_body(recipe, leaf, payload, signed_bytes, signature);
  const Bytes canonical =
      canonical_json(json::object{{"apiVersion", body.version}, {"kind", body.kind}, {"spec", body.spec}});

  json::object material;
  if (leaf) {
    material["certificate"] = json::object{{"rawBytes", to_base64(leaf->certificate.der())}};
  } else {
    material["publicKey"] = json::object{{"hint", "a key"}};
  }
  material["tlogEntries"] = json::array{log_entry(recipe, canonical, body.kind, body.version)};
  if ((recipe.v2_log || recipe.stamped) && !recipe.unstamped) {
    const Bytes token = stamp(stamper, recipe.stamped_bytes.value_or(signature),
                              recipe.stamp_time.value_or(recipe.time), recipe.embed_stamper);
    material["timestampVerificationData"] =
        json::object{{"rfc3161Timestamps", json::array{json::object{{"signedTimestamp", to_base64(token)}}}}};
  }
  json::object out{{"mediaType", recipe.media_type}, {"verificationMaterial", material}};
  if (recipe.envelope) {
    out["dsseEnvelope"] =
        json::object{{"payload", to_base64(payload)},
                     {"payloadType", recipe.payload_type},
                     {"signatures", json::array{json::object{{"sig", to_base64(signature)}, {"keyid", ""}}}}};
  } else {
    out["messageSignature"] = json::object{
        {"messageDigest", json::object{{"algorithm", "SHA2_256"}, {"digest", to_base64(sha256(recipe.message))}}},
        {"signature", to_base64(signature)}};
  }
  return out;
}

json::value& at(json::value& value, std::string_view path) {
  json::value* here = &value;
  for (const std::string_view part : base::split(path, '.')) {
    const auto index = base::parse_decimal(part);
    here = index ? &here->as_array().at(*index) : &here->as_object().at(part);
  }
  return *here;
}

}  // namespace lock::test
