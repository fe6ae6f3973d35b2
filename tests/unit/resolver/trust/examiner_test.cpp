// What is found for an image, and what each find is worth: layouts, places, caps, and the difference between "none" and
// "could not be asked".
#include "resolver/trust/examiner.hpp"

#include <gtest/gtest.h>

#include <atomic>

#include "resolver/base/encoding.hpp"
#include "resolver/trust/crypto/pem.hpp"
#include "resolver/trust/pool.hpp"
#include "resolver/trust/sigstore/cosign.hpp"
#include "tests/support/trust/signed_registry.hpp"
#include "tests/support/trust/world.hpp"

namespace lock::trust {
namespace {

namespace json = boost::json;
using test::at;
using test::Recipe;
using test::SignedRegistry;
using test::World;

const World& world() {
  static const World one;
  return one;
}

std::shared_ptr<const sigstore::TrustedRoot> root_of(const World& of, std::string name = "acme") {
  return sigstore::TrustedRoot::parse(json::serialize(json::value(of.trusted_root())), std::move(name), "root.json")
      .value();
}

const std::string kManifest = "the manifest";
image::Digest image_digest() { return image::Digest::sha256_of(kManifest); }

// One line a find: "format | state | signer or step: reason".
std::vector<std::string> lines(const image::SignatureSurvey& survey) {
  std::vector<std::string> out;
  for (const auto& report : survey.signatures) {
    std::string line = report.format + " | " + std::string(image::name_of(report.state)) + " | ";
    line += report.signer ? image::describe(*report.signer) : report.step + ": " + report.reason;
    if (!report.predicate_type.empty()) line += " | " + report.predicate_type;
    out.push_back(line);
  }
  if (survey.proven_unsigned) out.emplace_back("proven unsigned");
  for (const Error& error : survey.undetermined) out.push_back("undetermined: " + base::describe(error));
  return out;
}

image::SignatureSurvey survey(SignedRegistry& registry, Anchors anchors,
                              std::vector<image::SignerPattern> wanted = {}) {
  Examiner examiner(registry, std::move(anchors), std::move(wanted), 2);
  const std::vector<image::Reference> subjects{SignedRegistry::image(image_digest())};
  return examiner.survey(subjects).front();
}

Anchors keyless() { return {.roots = {root_of(world())}, .keys = {}}; }
Anchors by(const test::Key& key) {
  return {.roots = {root_of(world())}, .keys = {crypto::PublicKey::from_spki(key.spki()).value()}};
}

std::string bundle_of(const Recipe& recipe) { return json::serialize(json::value(world().sign(recipe))); }
Recipe sign_v3() { return {.message = kManifest, .envelope = true}; }

std::string payload_about(const std::string& digest, const std::string& type = "cosign container image signature") {
  return json::serialize(json::object{
      {"critical", json::object{{"identity", json::object{{"docker-reference", "registry.example/acme/base"}}},
                                {"image", json::object{{"docker-manifest-digest", digest}}},
                                {"type", type}}},
      {"optional", nullptr}});
}

// The annotations that cosign writes for what a bundle holds.
std::map<std::string, std::string> annotations_of(json::value bundle, bool attestation = false) {
  std::map<std::string, std::string> out;
  out["dev.cosignproject.cosign/signature"] =
      attestation ? "" : std::string(at(bundle, "messageSignature.signature").as_string());
  auto& material = at(bundle, "verificationMaterial").as_object();
  if (material.contains("certificate")) {
    const Bytes der = base::from_base64(at(bundle, "verificationMaterial.certificate.rawBytes").as_string()).value();
    out["dev.sigstore.cosign/certificate"] = crypto::write_pem("CERTIFICATE", der);
    out["dev.sigstore.cosign/chain"] = crypto::write_pem("CERTIFICATE", world().intermediate.certificate.der()) +
                                       crypto::write_pem("CERTIFICATE", world().root.certificate.der());
  }
  auto& entry = at(bundle, "verificationMaterial.tlogEntries.0");
  const Bytes id = base::from_base64(at(entry, "logId.keyId").as_string()).value();
  out["dev.sigstore.cosign/bundle"] = json::serialize(json::object{
      {"SignedEntryTimestamp", at(entry, "inclusionPromise.signedEntryTimestamp")},
      {"Payload", json::object{{"body", at(entry, "canonicalizedBody")},
                               {"integratedTime", std::stoll(std::string(at(entry, "integratedTime").as_string()))},
                               {"logIndex", 1003},
                               {"logID", base::to_hex(id)}}}});
  return out;
}

void add_signature(SignedRegistry& registry, const std::string& payload, std::optional<test::Key> key = {}) {
  const json::value bundle = world().sign({.message = payload, .key = key});
  registry.add_layer(image_digest(), ".sig", std::string(sigstore::simple_signing_media_type), payload,
                     annotations_of(bundle));
}

const std::string kKeyless =
    "https://github.com/acme/base/.github/workflows/release.yml@refs/tags/v1.2.3 (issuer "
    "https://token.example, trust root acme)";
using Lines = std::vector<std::string>;

TEST(Examiner, FindsABundleBehindAnArtifactTypeThatSaysNothing) {
  SignedRegistry registry;
  registry.attach_bundle(image_digest(), bundle_of(sign_v3()));
  registry.attach_artifact(image_digest(), "application/spdx+json");
  const auto found = survey(registry, keyless());
  EXPECT_EQ(lines(found),
            (Lines{"sigstore bundle v0.3 | verified | " + kKeyless + " | https://sigstore.dev/cosign/sign/v1"}));
  EXPECT_TRUE(found.signatures[0].is_image_signature());
}

TEST(Examiner, AnSbomOfTheSameSignerIsNoImageSignature) {
  SignedRegistry registry;
  Recipe recipe = sign_v3();
  recipe.predicate_type = "https://spdx.dev/Document";
  registry.attach_bundle(image_digest(), bundle_of(recipe));
  const auto found = survey(registry, keyless());
  EXPECT_EQ(lines(found), (Lines{"sigstore bundle v0.3 | verified | " + kKeyless + " | https://spdx.dev/Document"}));
  EXPECT_FALSE(found.signatures[0].is_image_signature());
}

TEST(Examiner, FindsTheOlderLayout) {
  SignedRegistry registry;
  add_signature(registry, payload_about(image_digest().text()));
  const json::value attested =
      world().sign({.message = kManifest, .envelope = true, .predicate_type = "https://slsa.dev/provenance/v1"});
  registry.add_layer(image_digest(), ".att", std::string(sigstore::envelope_media_type),
                     json::serialize(attested.at("dsseEnvelope")), annotations_of(attested, true));
  EXPECT_EQ(lines(survey(registry, keyless())),
            (Lines{"cosign attestation | verified | " + kKeyless + " | https://slsa.dev/provenance/v1",
                   "cosign signature | verified | " + kKeyless}));
}

TEST(Examiner, KeysAreTriedAndNeverLentToOthers) {
  const test::Key key = test::Key::ecdsa();
  const test::Key other = test::Key::ecdsa();
  SignedRegistry registry;
  add_signature(registry, payload_about(image_digest().text()), key);
  add_signature(registry, payload_about(image_digest().text()), other);
  const std::string fingerprint = "key sha256:" + base::to_hex(key.fingerprint()) + " (in a transparency log)";
  EXPECT_EQ(lines(survey(registry, by(key))),
            (Lines{"cosign signature | verified | " + fingerprint,
                   "cosign signature | untrusted | signature: not made by any of the keys that are configured"}));
  EXPECT_EQ(lines(survey(registry, keyless()))[0],
            "cosign signature | untrusted | choose-verifier: a key signed, and no key is configured");
}

TEST(Examiner, EveryKindOfKeySignsPayloads) {
  for (const auto& key : {test::Key::ecdsa("P-256"), test::Key::ecdsa("P-384"), test::Key::ecdsa("P-521"),
                          test::Key::rsa(), test::Key::ed25519()}) {
    SignedRegistry registry;
    const std::string payload = payload_about(image_digest().text());
    // As cosign 2 signs with a key: SHA-256 for every curve, here without a log.
    registry.add_layer(image_digest(), ".sig", std::string(sigstore::simple_signing_media_type), payload,
                       {{"dev.cosignproject.cosign/signature", base::to_base64(key.sign(payload))}});
    EXPECT_EQ(lines(survey(registry, by(key))),
              (Lines{"cosign signature | verified | key sha256:" + base::to_hex(key.fingerprint()) +
                     " (not in a transparency log)"}));
  }
  const test::Key rsa = test::Key::rsa();
  for (const auto& [salt, state] : {std::pair{32, "verified"}, std::pair{20, "untrusted"}}) {
    SignedRegistry registry;
    const std::string payload = payload_about(image_digest().text());
    registry.add_layer(image_digest(), ".sig", std::string(sigstore::simple_signing_media_type), payload,
                       {{"dev.cosignproject.cosign/signature", base::to_base64(rsa.sign_pss(payload, salt))}});
    EXPECT_EQ(image::name_of(survey(registry, by(rsa)).signatures[0].state), state) << salt;
  }
}

TEST(Examiner, PayloadsMustBeAboutThisImage) {
  SignedRegistry registry;
  const auto platform = image::Digest::sha256_of("a platform of the index");
  add_signature(registry, payload_about(platform.text()));
  add_signature(registry, payload_about(image_digest().text(), "atomic container signature"));
  EXPECT_EQ(
      lines(survey(registry, keyless())),
      (Lines{"cosign signature | invalid | statement-subject: the signature is about the image " + platform.text(),
             "cosign signature | unsupported | statement: the signature's payload is of type `atomic container "
             "signature`, which is no image signature of cosign's"}));
}

TEST(Examiner, ALogEntryOfAnotherSignatureIsHeldAgainstAKey) {
  const test::Key key = test::Key::ecdsa();
  const std::string payload = payload_about(image_digest().text());
  const json::value one = world().sign({.message = payload, .key = key});
  const json::value two = world().sign({.message = payload, .key = key});
  auto annotations = annotations_of(one);
  annotations["dev.sigstore.cosign/bundle"] = annotations_of(two)["dev.sigstore.cosign/bundle"];
  SignedRegistry registry;
  registry.add_layer(image_digest(), ".sig", std::string(sigstore::simple_signing_media_type), payload, annotations);
  EXPECT_EQ(lines(survey(registry, by(key))),
            (Lines{"cosign signature | invalid | entry-binding: the log entry is about another signature"}));
}

// A root of an instance without a log (GitHub's for private repositories) can say nothing about an entry: neither for
// it, when another root finds it to be about something else, nor against it.
TEST(Examiner, ATrustRootWithoutALogPassesNoEntryBy) {
  json::object logless = test::World().trusted_root();
  logless["tlogs"] = json::array{};
  const test::Key key = test::Key::ecdsa();
  Anchors anchors = by(key);
  anchors.roots.insert(anchors.roots.begin(),
                       sigstore::TrustedRoot::parse(json::serialize(logless), "logless", "logless.json").value());
  const std::string payload = payload_about(image_digest().text());
  const json::value one = world().sign({.message = payload, .key = key});
  const json::value two = world().sign({.message = payload, .key = key});
  const auto found = [&](std::map<std::string, std::string> annotations) {
    SignedRegistry registry;
    registry.add_layer(image_digest(), ".sig", std::string(sigstore::simple_signing_media_type), payload,
                       std::move(annotations));
    return survey(registry, anchors).signatures.at(0);
  };
  auto annotations = annotations_of(one);
  EXPECT_TRUE(found(annotations).signer.value().log);
  annotations["dev.sigstore.cosign/bundle"] = annotations_of(two)["dev.sigstore.cosign/bundle"];
  EXPECT_EQ(found(annotations).state, image::SignatureState::invalid);
}

TEST(Examiner, MemoryDoesNotGrowWithTheNumberOfImages) {
  SignedRegistry registry;
  const std::string junk(std::size_t{1} << 20, 'x');
  std::vector<image::Reference> subjects;
  for (int i = 0; i < 150; ++i) {
    subjects.push_back(SignedRegistry::image(image::Digest::sha256_of("image " + std::to_string(i))));
    registry.attach_bundle(*subjects.back().digest(), junk);
  }
  Examiner examiner(registry, keyless(), {}, 2);
  const auto surveys = examiner.survey(subjects);
  ASSERT_EQ(surveys.size(), subjects.size());
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    EXPECT_EQ(surveys[i].subject, *subjects[i].digest());
    EXPECT_EQ(surveys[i].signatures.at(0).state, image::SignatureState::invalid);
  }
  EXPECT_LE(registry.heaviest_wave, std::size_t{64} << 20);
  EXPECT_GE(registry.heaviest_wave, std::size_t{16} << 20) << "and nobody is asked one by one";
}

TEST(Examiner, UnsignedIsProvenOnlyWhenEveryPlaceWasAsked) {
  SignedRegistry registry;
  EXPECT_EQ(lines(survey(registry, keyless())), Lines{"proven unsigned"});
  registry.attach_artifact(image_digest(), "application/spdx+json");
  EXPECT_EQ(lines(survey(registry, keyless())), Lines{"proven unsigned"});
  registry.fail_tags = ErrorKind::refused;
  EXPECT_EQ(
      lines(survey(registry, keyless())),
      (Lines{"undetermined: asking for the tag sha256-" + std::string(image_digest().hex()) + ".sig: told to fail",
             "undetermined: asking for the tag sha256-" + std::string(image_digest().hex()) + ".att: told to fail"}));
  registry.fail_tags.reset();
  registry.fail_referrers = ErrorKind::unreachable;
  EXPECT_EQ(lines(survey(registry, keyless())), Lines{"undetermined: asking for the referrers: told to fail"});
}

TEST(Examiner, AnUnreadableReferrerStaysVisibleBesideAGoodOne) {
  SignedRegistry registry;
  registry.attach_bundle(image_digest(), bundle_of(sign_v3()));
  registry.attach_bundle(image_digest(), "<html>");
  const auto found = survey(registry, keyless());
  ASSERT_EQ(found.signatures.size(), 2U);
  const auto broken =
      std::ranges::find(found.signatures, image::SignatureState::invalid, &image::SignatureReport::state);
  ASSERT_NE(broken, found.signatures.end());
  EXPECT_EQ(broken->step, "read-bundle");
}

TEST(Examiner, AReferrerThatNamesAnotherSubjectIsInvalid) {
  SignedRegistry registry;
  registry.attach_bundle(image_digest(), bundle_of(sign_v3()), image::Digest::sha256_of("another image"));
  EXPECT_EQ(
      lines(survey(registry, keyless())),
      (Lines{"sigstore bundle | invalid | statement-subject: the manifest is listed as a referrer of this image and "
             "names another one as its subject"}));
}

TEST(Examiner, BytesThatDifferFromTheirDigestAreInvalid) {
  SignedRegistry registry;
  registry.attach_bundle(image_digest(), bundle_of(sign_v3()));
  registry.corrupt_blobs();
  const auto found = survey(registry, keyless());
  ASSERT_EQ(found.signatures.size(), 1U);
  EXPECT_EQ(found.signatures[0].state, image::SignatureState::invalid);
  EXPECT_EQ(found.signatures[0].step, "read-bundle");
  SignedRegistry unreachable;
  unreachable.attach_bundle(image_digest(), bundle_of(sign_v3()));
  unreachable.fail_blobs = ErrorKind::unreachable;
  EXPECT_EQ(lines(survey(unreachable, keyless())), Lines{"sigstore bundle | undetermined | read-bundle: told to fail"});
}

TEST(Examiner, RootsAreToldApart) {
  const World staging;
  SignedRegistry registry;
  registry.attach_bundle(image_digest(), json::serialize(json::value(staging.sign(sign_v3()))));
  const auto found = survey(registry, keyless());
  ASSERT_EQ(found.signatures.size(), 1U);
  EXPECT_EQ(found.signatures[0].state, image::SignatureState::untrusted);
  EXPECT_EQ(found.signatures[0].claimed_subject, test::kSubject);
  EXPECT_FALSE(found.signatures[0].signer);
  const auto both = survey(registry, {.roots = {root_of(world()), root_of(staging, "staging")}, .keys = {}});
  EXPECT_EQ(both.signatures[0].signer->root, "staging");
}

// Sixty signatures by a stranger, in places that sort first, do not keep the wanted one from being tried.
TEST(Examiner, JunkDoesNotCrowdOutTheWantedSigner) {
  SignedRegistry registry;
  Recipe stranger = sign_v3();
  stranger.leaf.alternative_names = {"email:stranger@example.com"};
  for (int i = 0; i < 60; ++i) registry.attach_bundle(image_digest(), bundle_of(stranger));
  registry.attach_bundle(image_digest(), bundle_of(sign_v3()));
  const auto found = survey(registry, keyless(),
                            {{.root = {},
                              .issuer = "https://token.example",
                              .subject = "https://github.com/acme/**",
                              .key = {},
                              .role = {}}});
  EXPECT_EQ(std::ranges::count(found.signatures, image::SignatureState::verified, &image::SignatureReport::state), 50);
  EXPECT_EQ(std::ranges::count(found.signatures, "not tried: more than 50 signatures", &image::SignatureReport::reason),
            11);
  EXPECT_TRUE(std::ranges::any_of(found.signatures,
                                  [](const auto& r) { return r.signer && r.signer->subject == test::kSubject; }));
}

TEST(Examiner, TenThousandReferrersAreUndetermined) {
  SignedRegistry registry;
  for (int i = 0; i < 10'000; ++i) registry.attach_artifact(image_digest(), "application/x." + std::to_string(i));
  EXPECT_EQ(lines(survey(registry, keyless())), Lines{"undetermined: reading the referrers: there are more than 200"});
}

TEST(Examiner, AsksInFourWavesWhateverTheNumberOfImages) {
  SignedRegistry registry;
  std::vector<image::Reference> subjects;
  for (int i = 0; i < 5; ++i) {
    const std::string manifest = "manifest " + std::to_string(i);
    const auto digest = image::Digest::sha256_of(manifest);
    registry.attach_bundle(digest, bundle_of({.message = manifest, .envelope = true}));
    subjects.push_back(SignedRegistry::image(digest));
  }
  Examiner examiner(registry, keyless(), {}, 2);
  for (const auto& found : examiner.survey(subjects))
    EXPECT_EQ(found.signatures[0].state, image::SignatureState::verified);
  EXPECT_EQ(registry.waves, 4);  // referrers, tags, manifests, bundles
  for (const auto& [question, count] : registry.questions) EXPECT_EQ(count, 1) << question;
}

TEST(SignerPattern, MatchesByIssuerAndSubjectTogether) {
  const image::Signer signer{.kind = image::Signer::Kind::sigstore,
                             .root = "public-good",
                             .issuer = "https://token.example",
                             .subject = "https://github.com/acme/base/.github/workflows/r.yml@refs/tags/v1",
                             .key = {},
                             .role = {}};
  const auto pattern = [](std::string issuer, std::string subject, std::string root = "") {
    return image::SignerPattern{
        .root = std::move(root), .issuer = std::move(issuer), .subject = std::move(subject), .key = {}, .role = {}};
  };
  const std::string tags = "https://github.com/acme/*/.github/workflows/r.yml@refs/tags/*";
  EXPECT_TRUE(matches(pattern("https://token.example", tags), signer));
  EXPECT_TRUE(matches(pattern("https://token.example", tags, "public-good"), signer));
  EXPECT_FALSE(matches(pattern("https://token.example", tags, "staging"), signer));
  EXPECT_FALSE(matches(pattern("https://token.example.evil", tags), signer));
  EXPECT_FALSE(matches(pattern("", tags), signer));
  EXPECT_FALSE(matches(pattern("https://token.example", ""), signer));
  EXPECT_FALSE(matches(pattern("https://token.example", "https://github.com/acme/*@refs/tags/*"), signer));
  EXPECT_FALSE(matches(pattern("https://token.example", "https://github-com/acme/**"), signer));
  EXPECT_FALSE(matches(pattern("https://token.example", "github.com/acme/**"), signer));
  EXPECT_FALSE(matches(
      pattern("https://token.example", "https://github.com/acme/*/.github/workflows/r.yml@refs/heads/*"), signer));
}

TEST(Pool, DoesEachPieceOnceAndPassesOnWhatIsThrown) {
  for (const std::size_t threads : {1UL, 2UL, 7UL}) {
    std::vector<std::atomic<int>> done(100);
    for_each_on_threads(done.size(), threads, [&](std::size_t i) { ++done[i]; });
    for (const auto& count : done) EXPECT_EQ(count, 1);
    EXPECT_THROW(for_each_on_threads(10, threads,
                                     [](std::size_t i) {
                                       if (i == 3) throw std::runtime_error("x");
                                     }),
                 std::runtime_error);
  }
  for_each_on_threads(0, 4, [](std::size_t) { FAIL(); });
}

}  // namespace
}  // namespace lock::trust
