#include "tests/support/trust/attacks.hpp"

#include "resolver/base/encoding.hpp"
#include "resolver/base/hash.hpp"

namespace lock::test {
namespace {

namespace json = boost::json;

const World& world() { return this_world(); }

Recipe v1() { return {}; }
Recipe v1_envelope() { return {.envelope = true}; }
Recipe v1_intoto() { return {.envelope = true, .entry_kind = "intoto", .entry_version = "0.0.2"}; }
Recipe v2() { return {.v2_log = true}; }
Recipe v2_envelope() { return {.envelope = true, .v2_log = true}; }
Recipe v2_dsse() { return {.envelope = true, .v2_log = true, .entry_kind = "dsse", .entry_version = "0.0.2"}; }
Recipe v1_stamped() { return {.stamped = true}; }
Recipe by_key() {
  static const Key key = Key::ecdsa();
  return {.key = key};
}

const std::string kEntry = "verificationMaterial.tlogEntries.0";
const std::string kCertificate = "verificationMaterial.certificate.rawBytes";
const std::string kStamp = "verificationMaterial.timestampVerificationData.rfc3161Timestamps.0.signedTimestamp";

template <typename T>
std::function<void(Scene&)> set(std::string path, T value) {
  return [=](Scene& scene) { at(scene.bundle, path) = value; };
}
template <typename T>
std::function<void(Scene&)> set_root(std::string path, T value) {
  return [=](Scene& scene) { at(scene.root, path) = value; };
}
std::function<void(Scene&)> remove(std::string path, std::string name) {
  return [=](Scene& scene) { at(scene.bundle, path).as_object().erase(name); };
}
// Takes a part out of another honest bundle.
std::function<void(Scene&)> from_another(std::string path, std::function<void(Recipe&)> change = {}) {
  return [=](Scene& scene) {
    Recipe recipe = scene.recipe;
    if (change) change(recipe);
    json::value other = world().sign(recipe);
    at(scene.bundle, path) = at(other, path);
  };
}
// Changes one bit of a base64 member.
std::function<void(Scene&)> flip(std::string path, std::size_t byte) {
  return [=](Scene& scene) {
    Bytes bytes = lock::base::from_base64(at(scene.bundle, path).as_string()).value();
    bytes.at(byte) = static_cast<char>(bytes.at(byte) ^ 1);
    at(scene.bundle, path) = lock::base::to_base64(bytes);
  };
}

}  // namespace

const World& this_world() {
  static const World one;
  return one;
}
const World& other_world() {
  static const World one;
  return one;
}

Scene stage(const Recipe& recipe) {
  Scene out{.recipe = recipe, .bundle = world().sign(recipe), .root = world().trusted_root(), .trusted_key = {}};
  if (recipe.key) out.trusted_key = recipe.key;
  return out;
}

Scene stage_red(const Attack& attack) {
  Recipe recipe = attack.green;
  if (attack.recipe) attack.recipe(recipe);
  Scene scene = stage(recipe);
  if (attack.edit) attack.edit(scene);
  return scene;
}

std::vector<Attack> binding_attacks() {
  const std::string message_signature = "messageSignature.signature";
  const std::string envelope_signature = "dsseEnvelope.signatures.0.sig";
  std::vector<Attack> rows;
  for (const auto& [name, recipe, signature] :
       std::vector<std::tuple<std::string, Recipe, std::string>>{{"v1", v1(), message_signature},
                                                                 {"v1 envelope", v1_envelope(), envelope_signature},
                                                                 {"v1 intoto", v1_intoto(), envelope_signature},
                                                                 {"v2", v2(), message_signature},
                                                                 {"v2 envelope", v2_envelope(), envelope_signature},
                                                                 {"v2 dsse", v2_dsse(), envelope_signature}}) {
    rows.push_back(
        {name + ": entry of another signature", recipe, "entry-binding (invalid)", {}, from_another(kEntry)});
    // Rekor v2 needs a timestamp over the signature that is there, so that only the log's answer is wrong.
    rows.push_back({name + ": certificate of another signer",
                    recipe,
                    recipe.v2_log ? "entry-binding (invalid)" : "entry-binding (invalid)",
                    {},
                    from_another(kCertificate)});
  }
  rows.push_back(
      {"v1 by proof alone: entry of another signature", v1_stamped(), "entry-binding (invalid)", {}, [](Scene& scene) {
         from_another(kEntry)(scene);
         remove(kEntry, "inclusionPromise")(scene);
       }});
  rows.push_back({"the same payload signed twice, signatures swapped",
                  v1(),
                  "entry-binding (invalid)",
                  {},
                  from_another(message_signature)});
  rows.push_back({"signature changed", v1(), "entry-binding (invalid)", {}, flip(message_signature, 20)});
  rows.push_back(
      {"another artifact, the bundle's digest unchanged", v1(), "entry-binding (invalid)", {}, [](Scene& scene) {
         scene.artifact = image_manifest("another");
       }});
  rows.push_back({"messageDigest changed",
                  v1(),
                  "message-digest (invalid)",
                  {},
                  flip("messageSignature.messageDigest.digest", 0)});
  rows.push_back({"statement about another image",
                  v1_envelope(),
                  "statement-subject (invalid)",
                  [](Recipe& recipe) { recipe.statement_about = "another manifest"; },
                  {}});
  rows.push_back({"payload is no statement",
                  v1_envelope(),
                  "statement (unsupported)",
                  [](Recipe& recipe) { recipe.payload_type = "application/json"; },
                  {}});
  rows.push_back({"entry body of another kind than the bundle says",
                  v1(),
                  "entry-binding (unsupported)",
                  {},
                  set(kEntry + ".kindVersion.version", "0.0.9")});
  rows.push_back({"entry said to be an envelope's",
                  v1(),
                  "entry-binding (invalid)",
                  {},
                  set(kEntry + ".kindVersion.kind", "dsse")});
  rows.push_back({"entry of a kind that nobody knows",
                  v1(),
                  "entry-binding (unsupported)",
                  [](Recipe& recipe) { recipe.entry_kind = "helm"; },
                  {}});
  rows.push_back({"hashedrekord of v1 for an envelope",
                  v1_envelope(),
                  "entry-binding (invalid)",
                  [](Recipe& recipe) { recipe.entry_kind = "hashedrekord"; },
                  {}});
  return rows;
}

std::vector<Attack> time_attacks() {
  const auto leaf_ended = [](Recipe& recipe) { recipe.time = kSigningTime + 301; };
  return {
      {"integratedTime changed",
       v1(),
       "entry-timestamp (invalid)",
       {},
       set(kEntry + ".integratedTime", std::to_string(kSigningTime + 1))},
      {"integratedTime missing", v1(), "entry-timestamp (invalid)", {}, remove(kEntry, "integratedTime")},
      {"promise by another log",
       v1(),
       "entry-timestamp (invalid)",
       {},
       [](Scene& scene) {
         json::value other = other_world().sign(scene.recipe);
         at(scene.bundle, kEntry + ".inclusionPromise") = at(other, kEntry + ".inclusionPromise");
       }},
      {"inclusion proof and integratedTime, but no promise",
       v1(),
       "signing-time (invalid)",
       [](Recipe& recipe) { recipe.promise = false; },
       {}},
      {"no timestamp with Rekor v2",
       v2(),
       "signing-time (invalid)",
       [](Recipe& recipe) { recipe.unstamped = true; },
       {}},
      {"no timestamp with Rekor v2, an integratedTime written in", v2(), "signing-time (invalid)",
       [](Recipe& recipe) { recipe.unstamped = true; },
       [](Scene& scene) { at(scene.bundle, kEntry).as_object()["integratedTime"] = std::to_string(kSigningTime); }},
      {"entry after the certificate ended", v1(), "certificate-path (invalid)", leaf_ended, {}},
      {"timestamp after the certificate ended", v2(), "certificate-path (invalid)", leaf_ended, {}},
      {"timestamp before the certificate began",
       v2(),
       "certificate-path (invalid)",
       [](Recipe& recipe) { recipe.time = kSigningTime - 301; },
       {}},
      {"two times, the timestamp's outside",
       v1_stamped(),
       "certificate-path (invalid)",
       [](Recipe& recipe) { recipe.stamp_time = kSigningTime + 301; },
       {}},
      {"two times, the log's outside",
       v1_stamped(),
       "certificate-path (invalid)",
       [](Recipe& recipe) {
         recipe.stamp_time = kSigningTime;
         recipe.time = kSigningTime + 301;
       },
       {}},
      {"timestamp at the very end of the certificate passes",
       v2(),
       "verified",
       [](Recipe& recipe) { recipe.time = kSigningTime + 300; },
       {}},
      {"timestamp after its authority's certificate ended",
       v2(),
       "timestamp (invalid)",
       [](Recipe& recipe) { recipe.stamp_time = kSigningTime + 50 * kYear; },
       {}},
      {"timestamp over other bytes",
       v2(),
       "timestamp (invalid)",
       [](Recipe& recipe) { recipe.stamped_bytes = "other bytes"; },
       {}},
      {"timestamp over the message instead of the signature",
       v2(),
       "timestamp (invalid)",
       [](Recipe& recipe) { recipe.stamped_bytes = recipe.message; },
       {}},
      {"timestamp without the certificate inside passes",
       v2(),
       "verified",
       [](Recipe& recipe) { recipe.embed_stamper = false; },
       {}},
      {"timestamp by another authority",
       v2(),
       "timestamp (untrusted)",
       {},
       [](Scene& scene) {
         const Bytes signature =
             lock::base::from_base64(at(scene.bundle, "messageSignature.signature").as_string()).value();
         at(scene.bundle, kStamp) = lock::base::to_base64(stamp(other_world().stamper, signature, kSigningTime));
       }},
      {"good timestamp and one by another authority",
       v2(),
       "timestamp (untrusted)",
       {},
       [](Scene& scene) {
         const Bytes signature =
             lock::base::from_base64(at(scene.bundle, "messageSignature.signature").as_string()).value();
         at(scene.bundle, "verificationMaterial.timestampVerificationData.rfc3161Timestamps")
             .as_array()
             .push_back(json::object{
                 {"signedTimestamp", lock::base::to_base64(stamp(other_world().stamper, signature, kSigningTime))}});
       }},
      {"timestamp with trailing bytes",
       v2(),
       "timestamp (invalid)",
       {},
       [](Scene& scene) {
         const Bytes token = lock::base::from_base64(at(scene.bundle, kStamp).as_string()).value();
         at(scene.bundle, kStamp) = lock::base::to_base64(token + "x");
       }},
      {"timestamp authority trusted until a second before",
       v2(),
       "timestamp (untrusted)",
       {},
       [](Scene& scene) {
         at(scene.root, "timestampAuthorities.0.validFor").as_object()["end"] = "2026-03-01T11:59:59Z";
       }},
      {"timestamp authority trusted until that second passes",
       v2(),
       "verified",
       {},
       [](Scene& scene) {
         at(scene.root, "timestampAuthorities.0.validFor").as_object()["end"] = "2026-03-01T12:00:00Z";
       }},
      {"log trusted until a second before the entry",
       v1(),
       "log-key (untrusted)",
       {},
       [](Scene& scene) { at(scene.root, "tlogs.0.publicKey.validFor").as_object()["end"] = "2026-03-01T11:59:59Z"; }},
      {"log trusted until the second of the entry passes",
       v1(),
       "verified",
       {},
       [](Scene& scene) { at(scene.root, "tlogs.0.publicKey.validFor").as_object()["end"] = "2026-03-01T12:00:00Z"; }},
      {"log of v2 retired before the timestamp",
       v2(),
       "log-key (untrusted)",
       {},
       [](Scene& scene) { at(scene.root, "tlogs.1.publicKey.validFor").as_object()["end"] = "2026-03-01T11:59:59Z"; }},
      {"log trusted only later",
       v1(),
       "log-key (untrusted)",
       {},
       set_root("tlogs.0.publicKey.validFor.start", "2026-03-01T12:00:01Z")},
      {"authority trusted only later",
       v1(),
       "certificate-path (untrusted)",
       {},
       set_root("certificateAuthorities.0.validFor.start", "2026-03-01T12:00:01Z")},
      {"authority retired before",
       v1(),
       "certificate-path (untrusted)",
       {},
       [](Scene& scene) {
         at(scene.root, "certificateAuthorities.0.validFor").as_object()["end"] = "2026-03-01T11:59:59Z";
       }},
      {"CT log retired before the certificate",
       v1(),
       "certificate-timestamp (untrusted)",
       {},
       [](Scene& scene) { at(scene.root, "ctlogs.0.publicKey.validFor").as_object()["end"] = "2026-03-01T11:00:00Z"; }},
      {"log without start of validity",
       v1(),
       "read-trusted-root (invalid)",
       {},
       [](Scene& scene) { at(scene.root, "tlogs.0.publicKey.validFor").as_object().erase("start"); }},
      {"authority without start of validity",
       v1(),
       "read-trusted-root (invalid)",
       {},
       [](Scene& scene) { at(scene.root, "certificateAuthorities.0.validFor").as_object().erase("start"); }},
      {"log without validity",
       v1(),
       "read-trusted-root (invalid)",
       {},
       [](Scene& scene) { at(scene.root, "tlogs.0.publicKey").as_object().erase("validFor"); }},
  };
}

std::vector<Attack> transparency_log_attacks() {
  const std::string proof = kEntry + ".inclusionProof";
  const auto checkpoint = [proof](std::function<void(std::string&)> change) {
    return [=](Scene& scene) {
      std::string note(at(scene.bundle, proof + ".checkpoint.envelope").as_string());
      change(note);
      at(scene.bundle, proof + ".checkpoint.envelope") = note;
    };
  };
  std::vector<Attack> rows;
  for (const auto& [name, recipe] : std::vector<std::pair<std::string, Recipe>>{{"v1", v1()}, {"v2", v2()}}) {
    rows.insert(
        rows.end(),
        {
            {name + ": root hash changed", recipe, "inclusion-proof (invalid)", {}, flip(proof + ".rootHash", 0)},
            {name + ": hash of the proof changed",
             recipe,
             "inclusion-proof (invalid)",
             {},
             flip(proof + ".hashes.1", 5)},
            {name + ": hash of the proof left out",
             recipe,
             "inclusion-proof (invalid)",
             {},
             [=](Scene& scene) { at(scene.bundle, proof + ".hashes").as_array().pop_back(); }},
            {name + ": another index", recipe, "inclusion-proof (invalid)", {}, set(proof + ".logIndex", "2")},
            {name + ": index outside the tree", recipe, "inclusion-proof (invalid)", {}, set(proof + ".logIndex", "5")},
            {name + ": negative index", recipe, "read-bundle (invalid)", {}, set(proof + ".logIndex", "-1")},
            {name + ": index as a number", recipe, "read-bundle (invalid)", {}, set(proof + ".logIndex", 3)},
            {name + ": another size", recipe, "checkpoint (invalid)", {}, set(proof + ".treeSize", "6")},
            {name + ": no proof", recipe, "read-bundle (invalid)", {}, remove(kEntry, "inclusionProof")},
            {name + ": no checkpoint", recipe, "checkpoint (invalid)", {}, remove(proof, "checkpoint")},
            {name + ": no entry",
             recipe,
             recipe.v2_log ? "log-presence (invalid)" : "signing-time (invalid)",
             {},
             set("verificationMaterial.tlogEntries", json::array{})},
            {name + ": log that the root does not know",
             recipe,
             "log-key (untrusted)",
             {},
             set(kEntry + ".logId.keyId", lock::base::to_base64(Bytes(32, 'x')))},
            {name + ": checkpoint of another tree, honestly signed",
             recipe,
             "checkpoint (invalid)",
             {},
             [=](Scene& scene) {
               json::value other = world().sign(scene.recipe);
               at(scene.bundle, proof + ".checkpoint") = at(other, proof + ".checkpoint");
             }},
            {name + ": checkpoint by another log",
             recipe,
             "checkpoint (invalid)",
             {},
             checkpoint([recipe](std::string& note) {
               const auto text = note.substr(0, note.find("\n\n") + 1);
               const auto& key = recipe.v2_log ? other_world().rekor_2 : other_world().rekor_1;
               const std::string who(recipe.v2_log ? kRekor2Name : kRekor1Name);
               note = text + "\n\xE2\x80\x94 " + who + " " +
                      lock::base::to_base64(key.fingerprint().substr(0, 4) + key.sign(text)) + "\n";
             })},
            {name + ": checkpoint signed by a witness alone",
             recipe,
             "checkpoint (invalid)",
             {},
             checkpoint([](std::string& note) {
               const auto text = note.substr(0, note.find("\n\n") + 1);
               const Key witness = Key::ed25519();
               note =
                   text + "\n\xE2\x80\x94 witness.example " + lock::base::to_base64("hint" + witness.sign(text)) + "\n";
             })},
            {name + ": a witness beside the log passes", recipe, "verified", {}, checkpoint([](std::string& note) {
               const Key witness = Key::ed25519();
               const auto text = note.substr(0, note.find("\n\n") + 1);
               note += "\xE2\x80\x94 witness.example " + lock::base::to_base64("hint" + witness.sign(text)) + "\n";
             })},
            {name + ": wrong key hint", recipe, "checkpoint (invalid)", {}, checkpoint([](std::string& note) {
               const auto start = note.rfind(' ') + 1;
               Bytes line = lock::base::from_base64(note.substr(start, note.size() - start - 1)).value();
               line[0] = static_cast<char>(line[0] ^ 1);
               note = note.substr(0, start) + lock::base::to_base64(line) + "\n";
             })},
            {name + ": another origin, honestly signed",
             recipe,
             "checkpoint (invalid)",
             [](Recipe& r) { r.origin = "other.example"; },
             {}},
            {name + ": origin missing", recipe, "checkpoint (invalid)", {}, checkpoint([](std::string& note) {
               note.erase(0, note.find('\n') + 1);
             })},
            {name + ": size missing", recipe, "checkpoint (invalid)", {}, checkpoint([](std::string& note) {
               note.erase(note.find("\n5\n"), 2);
             })},
            {name + ": root missing", recipe, "checkpoint (invalid)", {}, checkpoint([](std::string& note) {
               const auto root = note.find("\n5\n") + 3;
               note.erase(root, note.find('\n', root) + 1 - root);
             })},
        });
  }
  return rows;
}

std::vector<Attack> certificate_profile_attacks() {
  const auto leaf = [](std::function<void(Recipe&)> change) { return change; };
  return {
      {"leaf is an authority",
       v1(),
       "certificate-profile (invalid)",
       leaf([](Recipe& r) { r.leaf.basic_constraints = "critical,CA:TRUE"; }),
       {}},
      {"no extended key usage",
       v1(),
       "certificate-profile (invalid)",
       leaf([](Recipe& r) { r.leaf.extended_key_usage = "none"; }),
       {}},
      {"extended key usage of a server",
       v1(),
       "certificate-profile (invalid)",
       leaf([](Recipe& r) { r.leaf.extended_key_usage = "serverAuth"; }),
       {}},
      {"any extended key usage",
       v1(),
       "certificate-profile (invalid)",
       leaf([](Recipe& r) { r.leaf.extended_key_usage = "anyExtendedKeyUsage"; }),
       {}},
      {"no key usage", v1(), "certificate-profile (invalid)", leaf([](Recipe& r) { r.leaf.key_usage = ""; }), {}},
      {"key usage of an encrypter",
       v1(),
       "certificate-profile (invalid)",
       leaf([](Recipe& r) { r.leaf.key_usage = "critical,keyEncipherment"; }),
       {}},
      {"key usage of an authority",
       v1(),
       "certificate-profile (invalid)",
       leaf([](Recipe& r) { r.leaf.key_usage = "critical,digitalSignature,keyCertSign"; }),
       {}},
      {"signed with SHA-1", v1(), "certificate-path (invalid)", leaf([](Recipe& r) { r.leaf.sha1 = true; }), {}},
      {"RSA key of 1024 bits",
       v1(),
       "certificate-profile (unsupported)",
       leaf([](Recipe& r) { r.leaf_key = Key::rsa(1024); }),
       {}},
      {"no SCT", v1(), "certificate-timestamp (invalid)", leaf([](Recipe& r) { r.sct = false; }), {}},
      {"SCT with extensions passes", v1(), "verified", leaf([](Recipe& r) { r.sct_extensions = "leaf index 5"; }), {}},
      {"CT log that the root does not know",
       v1(),
       "certificate-timestamp (untrusted)",
       {},
       [](Scene& scene) { at(scene.root, "ctlogs") = json::array{at(scene.root, "tlogs.0")}; }},
      {"key of the CT log replaced",
       v1(),
       "certificate-timestamp (invalid)",
       {},
       set_root("ctlogs.0.publicKey.rawBytes", lock::base::to_base64(other_world().ct_log.spki()))},
      {"root without CT logs asks for none", v1(), "verified", {}, set_root("ctlogs", json::array{})},
      {"certificate of another instance",
       v1(),
       "certificate-path (untrusted)",
       {},
       [](Scene& scene) {
         scene.bundle = world().sign(scene.recipe);
         json::value other = other_world().trusted_root();
         at(scene.root, "certificateAuthorities") = at(other, "certificateAuthorities");
       }},
      {"root certificate inside the bundle",
       v1(),
       "read-bundle (invalid)",
       {},
       [](Scene& scene) {
         auto& material = at(scene.bundle, "verificationMaterial").as_object();
         at(scene.bundle, "mediaType") = "application/vnd.dev.sigstore.bundle+json;version=0.2";
         material["x509CertificateChain"] = json::object{
             {"certificates",
              json::array{material["certificate"],
                          json::object{{"rawBytes", lock::base::to_base64(world().root.certificate.der())}}}}};
         material.erase("certificate");
       }},
      {"unrelated certificate in the chain passes",
       v1(),
       "verified",
       {},
       [](Scene& scene) {
         auto& material = at(scene.bundle, "verificationMaterial").as_object();
         at(scene.bundle, "mediaType") = "application/vnd.dev.sigstore.bundle+json;version=0.2";
         material["x509CertificateChain"] = json::object{
             {"certificates",
              json::array{
                  material["certificate"],
                  json::object{{"rawBytes", lock::base::to_base64(other_world().intermediate.certificate.der())}}}}};
         material.erase("certificate");
       }},
      {"leaf signed by a certificate that is no authority",
       v1(),
       "certificate-path (untrusted)",
       {},
       [](Scene& scene) {
         // The stamper of the same world is no authority of signers.
         json::value other = world().trusted_root();
         at(scene.root, "certificateAuthorities.0.certChain") = at(other, "timestampAuthorities.0.certChain");
       }},
      {"timestamp authority's chain and signers' chain exchanged",
       v2(),
       "timestamp (untrusted)",
       {},
       [](Scene& scene) {
         json::value other = world().trusted_root();
         at(scene.root, "timestampAuthorities.0.certChain") = at(other, "certificateAuthorities.0.certChain");
       }},
  };
}

std::vector<Attack> identity_attacks() {
  const auto names = [](std::vector<std::string> list) { return [=](Recipe& r) { r.leaf.alternative_names = list; }; };
  return {
      {"e-mail address passes", v1(), "verified", names({"email:jo@example.com"}), {}},
      {"user name passes", v1(), "verified", names({"user:jo!example.com"}), {}},
      {"two subjects",
       v1(),
       "certificate-profile (invalid)",
       names({"URI:https://a.example", "URI:https://b.example"}),
       {}},
      {"NUL in the subject",
       v1(),
       "certificate-profile (invalid)",
       names({"URI:https://github.com/acme/x" + std::string(1, '\0') + ".evil.example"}),
       {}},
      {"newline in the subject", v1(), "certificate-profile (invalid)", names({"email:jo@example.com\nissuer"}), {}},
      {"no issuer", v1(), "certificate-profile (invalid)", [](Recipe& r) { r.issuer.reset(); }, {}},
      {"issuer in the old extension alone passes",
       v1(),
       "verified",
       [](Recipe& r) {
         r.old_issuer = *r.issuer;
         r.issuer.reset();
       },
       {}},
      {"two issuers that differ",
       v1(),
       "certificate-profile (invalid)",
       [](Recipe& r) { r.old_issuer = "https://other.example"; },
       {}},
      {"issuer that is empty", v1(), "certificate-profile (invalid)", [](Recipe& r) { r.issuer = ""; }, {}},
      {"issuer with a newline",
       v1(),
       "certificate-profile (invalid)",
       [](Recipe& r) { r.issuer = "https://a\nb"; },
       {}},
      {"key signer where a certificate is expected",
       by_key(),
       "choose-verifier (untrusted)",
       {},
       [](Scene& scene) { scene.trusted_key.reset(); }},
      {"certificate where a key is expected",
       v1(),
       "choose-verifier (untrusted)",
       {},
       [](Scene& scene) { scene.trusted_key = Key::ecdsa(); }},
  };
}

std::vector<Attack> crypto_attacks() {
  static const Key p384 = Key::ecdsa("P-384");
  return {
      {"another key", by_key(), "entry-binding (invalid)", {}, [](Scene& s) { s.trusted_key = Key::ecdsa(); }},
      {"another curve", by_key(), "entry-binding (invalid)", {}, [](Scene& s) { s.trusted_key = p384; }},
      {"r and s for DER",
       by_key(),
       "entry-binding (invalid)",
       {},
       set("messageSignature.signature", lock::base::to_base64(Bytes(64, 'x')))},
      {"key without log entry passes",
       by_key(),
       "verified",
       {},
       set("verificationMaterial.tlogEntries", json::array{})},
      {"key without log entry where one is asked for",
       by_key(),
       "log-presence (invalid)",
       {},
       [](Scene& s) {
         s.require_log = true;
         at(s.bundle, "verificationMaterial.tlogEntries") = json::array{};
       }},
      {"key without log entry, another signature",
       by_key(),
       "signature (invalid)",
       {},
       [](Scene& s) {
         at(s.bundle, "verificationMaterial.tlogEntries") = json::array{};
         flip("messageSignature.signature", 20)(s);
       }},
      {"key without log entry, bytes after the signature",
       by_key(),
       "signature (invalid)",
       {},
       [](Scene& s) {
         at(s.bundle, "verificationMaterial.tlogEntries") = json::array{};
         const Bytes signature =
             lock::base::from_base64(at(s.bundle, "messageSignature.signature").as_string()).value();
         at(s.bundle, "messageSignature.signature") = lock::base::to_base64(signature + '\0');
       }},
      {"Ed25519 with hashedrekord means Ed25519ph",
       by_key(),
       "signature (unsupported)",
       [](Recipe& r) { r.key = Key::ed25519(); },
       {}},
      {"log whose algorithm is not verified here",
       v2(),
       "log-key (unsupported)",
       {},
       set_root("tlogs.1.publicKey.keyDetails", "PKIX_ED25519_PH")},
      {"two signatures on an envelope, one of them good",
       v1_envelope(),
       "read-bundle (unsupported)",
       {},
       [](Scene& s) {
         auto& signatures = at(s.bundle, "dsseEnvelope.signatures").as_array();
         signatures.push_back(signatures[0]);
       }},
      {"base64url for base64", v1(), "read-bundle (invalid)", {}, set("messageSignature.signature", "-_-_")},
      {"snake_case",
       v1(),
       "read-bundle (invalid)",
       {},
       [](Scene& s) {
         auto& object = s.bundle.as_object();
         object["message_signature"] = object["messageSignature"];
         object.erase("messageSignature");
       }},
      {"both contents",
       v1(),
       "read-bundle (invalid)",
       {},
       [](Scene& s) {
         json::value other = world().sign(v1_envelope());
         s.bundle.as_object()["dsseEnvelope"] = at(other, "dsseEnvelope");
       }},
      {"unknown member", v1(), "read-bundle (invalid)", {}, [](Scene& s) { s.bundle.as_object()["trust"] = "me"; }},
      {"unknown media type",
       v1(),
       "read-bundle (unsupported)",
       {},
       set("mediaType", "application/vnd.dev.sigstore.bundle.v0.4+json")},
      {"bytes after the certificate",
       v1(),
       "read-bundle (invalid)",
       {},
       [](Scene& s) {
         const Bytes der = lock::base::from_base64(at(s.bundle, kCertificate).as_string()).value();
         at(s.bundle, kCertificate) = lock::base::to_base64(der + "x");
       }},
  };
}

namespace {

CertificateOptions authority_options(std::string name, std::int64_t not_after) {
  return {.common_name = std::move(name),
          .not_before = kSigningTime - 3600,
          .not_after = not_after,
          .basic_constraints = "critical,CA:TRUE,pathlen:0",
          .key_usage = "critical,keyCertSign",
          .extended_key_usage = "codeSigning",
          .alternative_names = {},
          .extensions = {}};
}

Issued authority_under(const Issued& issuer, const CertificateOptions& options) {
  const Key key = Key::ecdsa("P-384");
  return {key, issue(options, key, &issuer.certificate, issuer.key)};
}

// Signed under an intermediate whose last second is kSigningTime + 60.
std::function<void(Scene&)> short_lived(std::int64_t time) {
  return [time](Scene& scene) {
    World own;
    own.intermediate = authority_under(own.root, authority_options("short-lived intermediate", kSigningTime + 60));
    scene.bundle = own.sign({.time = time});
    scene.root = own.trusted_root();
  };
}

// The leaf's issuer stands under the trusted intermediate, which allows no authority below it, and comes along.
void path_too_long(Scene& scene) {
  World forged = world();
  forged.intermediate =
      authority_under(world().intermediate, authority_options("one authority too many", kSigningTime + kYear));
  scene.bundle = forged.sign(scene.recipe);
  auto& material = at(scene.bundle, "verificationMaterial").as_object();
  at(scene.bundle, "mediaType") = "application/vnd.dev.sigstore.bundle+json;version=0.2";
  material["x509CertificateChain"] = json::object{
      {"certificates",
       json::array{material["certificate"],
                   json::object{{"rawBytes", lock::base::to_base64(forged.intermediate.certificate.der())}}}}};
  material.erase("certificate");
}

// An instance without logs: nothing is asked of them.
void only_stamps(Scene& scene) {
  at(scene.root, "tlogs") = json::array{};
  at(scene.root, "ctlogs") = json::array{};
  at(scene.bundle, "verificationMaterial.tlogEntries") = json::array{};
}

}  // namespace

std::vector<Attack> instance_attacks() {
  return {
      {"authority in its last second passes", v1(), "verified", {}, short_lived(kSigningTime + 60)},
      // CVE-2026-24122: the authority had expired when the signature was made, while the leaf was valid.
      {"authority expired at signing", v1(), "certificate-path (invalid)", {}, short_lived(kSigningTime + 61)},
      {"path longer than the authority allows", v1(), "certificate-path (invalid)", {}, path_too_long},
      {"root that only stamps passes", v2(), "verified", {}, only_stamps},
      {"root that only stamps, and no timestamp",
       v2(),
       "signing-time (invalid)",
       {},
       [](Scene& scene) {
         only_stamps(scene);
         at(scene.bundle, "verificationMaterial").as_object().erase("timestampVerificationData");
       }},
  };
}

}  // namespace lock::test
