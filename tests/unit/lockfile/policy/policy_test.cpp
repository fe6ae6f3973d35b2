#include "lockfile/policy/policy.hpp"

#include <gtest/gtest.h>

#include "lockfile/policy/checks.hpp"
#include "tests/support/golden.hpp"

namespace lock::policy {
namespace {

using image::Severity;

image::Reference reference(std::string_view text) { return image::Reference::parse(text).value(); }

settings::Settings settings_of(std::string_view text, const std::string& file) {
  auto settings = settings::read(text, file, adjustable_checks());
  EXPECT_TRUE(settings) << (settings ? "" : test::show(settings.error()));
  return settings ? std::move(*settings) : settings::Settings();
}

Policy policy_of(std::vector<Layer> layers) {
  auto policy = Policy::make(std::move(layers));
  EXPECT_TRUE(policy) << (policy ? "" : test::show(policy.error()));
  return policy ? std::move(*policy) : Policy();
}

std::chrono::sys_days day(int year, unsigned month, unsigned number) {
  return std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(number);
}

image::Finding finding(std::string_view check, std::string_view about = {}, std::string_view file = {}) {
  image::Finding made;
  made.check = check;
  made.severity = find_check(check)->severity;
  made.reference = about;
  made.place.file = file;
  return made;
}

TEST(Policy, ImageGlobsSeeCanonicalNamesAndTheTagOnlyWithAColon) {
  struct Row {
    std::string_view glob;
    std::string_view image;
    bool matches;
  };
  for (const Row& row : std::vector<Row>{
           {"docker.io/library/nginx", "nginx:1", true},
           {"docker.io/library/*", "nginx:1", true},
           {"docker.io/*", "nginx:1", false},
           {"docker.io/**", "nginx:1", true},
           {"**/nginx", "nginx:1", true},
           {"nginx", "nginx:1", false},
           {"docker.io/library/nginx:1", "nginx:1", true},
           {"docker.io/library/nginx:1.*", "nginx:1.25", true},
           {"docker.io/library/nginx:2", "nginx:1", false},
           {"**:latest", "nginx", true},
           {"localhost:5000/**", "localhost:5000/a/b:1", true},
           {"localhost:5000/a:1", "localhost:5000/a:1", true},
           {"localhost:5000/a:1", "localhost:5000/a:2", false},
           // One repository under another spelling: a rule about it is not got round.
           {"ghcr.io/acme/**", "ghcr.io:443/acme/a:1", true},
           {"ghcr.io/acme/a:1", "GHCR.io:443/acme/a:1", true},
           {"ghcr.io:443/acme/**", "ghcr.io:443/acme/a:1", true},
           {"ghcr.io/acme/**", "ghcr.io:8443/acme/a:1", false},
           {"docker.io/library/nginx", "registry-1.docker.io:443/library/nginx:1", true},
           {"docker.io/library/nginx", "registry.hub.docker.com/library/nginx:1", true},
           {"docker.io/**", "registry:443/a/b:1", false},
           {"quay.io/a/b:*", "quay.io/a/b@sha256:0000000000000000000000000000000000000000000000000000000000000000",
            false},
           {"quay.io/a/*", "quay.io/a/b@sha256:0000000000000000000000000000000000000000000000000000000000000000", true},
       }) {
    EXPECT_EQ(matches_image(row.glob, reference(row.image)), row.matches) << row.glob << " and " << row.image;
  }
}

TEST(Policy, FileGlobsAreRelativeToTheFolderOfTheirFile) {
  const std::string rule = "[[ignore]]\nfiles = [\"docs/**\"]\nreason = \"samples\"\n";
  const Policy root = policy_of({{settings_of(rule, "images.toml"), ""}});
  EXPECT_NE(root.find_ignore("docs/a/Dockerfile", std::nullopt), nullptr);
  EXPECT_EQ(root.find_ignore("team/docs/Dockerfile", std::nullopt), nullptr);
  const Policy inner = policy_of({{settings_of(rule, "team/images.toml"), ""}});
  EXPECT_NE(inner.find_ignore("team/docs/Dockerfile", std::nullopt), nullptr);
  EXPECT_EQ(inner.find_ignore("docs/Dockerfile", std::nullopt), nullptr);
  // The run's root is team/docs, and the rule stands two folders above it.
  const Policy above = policy_of(
      {{settings_of("[[ignore]]\nfiles = [\"team/docs/x/**\"]\nreason = \"r\"\n", "../../images.toml"), "team/docs"}});
  EXPECT_NE(above.find_ignore("x/Dockerfile", std::nullopt), nullptr);
  EXPECT_EQ(above.find_ignore("y/Dockerfile", std::nullopt), nullptr);
}

TEST(Policy, AnIgnoreWithFilesAndImagesWantsBoth) {
  const Policy policy = policy_of(
      {{settings_of("[[ignore]]\nfiles = [\"a/*\"]\nimages = [\"quay.io/**\"]\nreason = \"r\"\n", "images.toml"), ""}});
  EXPECT_NE(policy.find_ignore("a/x", reference("quay.io/b/c:1")), nullptr);
  EXPECT_EQ(policy.find_ignore("a/x", reference("nginx:1")), nullptr);
  EXPECT_EQ(policy.find_ignore("a/x", std::nullopt), nullptr);
  EXPECT_EQ(policy.find_ignore("b/x", reference("quay.io/b/c:1")), nullptr);
}

TEST(Policy, EnforceAndFirstPartyFindTheirRule) {
  const Policy policy = policy_of(
      {{settings_of(
            "[[enforce]]\nfiles = [\"deploy/**\"]\nby = \"apply\"\n[[first-party]]\nimages = [\"ghcr.io/acme/**\"]\n",
            "images.toml"),
        ""}});
  EXPECT_EQ(policy.find_enforce("deploy/a/b.yaml")->by, settings::Enforcement::apply);
  EXPECT_EQ(policy.find_enforce("charts/b.yaml"), nullptr);
  EXPECT_NE(policy.find_first_party(reference("ghcr.io/acme/app:1")), nullptr);
  EXPECT_EQ(policy.find_first_party(reference("ghcr.io/other/app:1")), nullptr);
}

TEST(Policy, ChecksSetSeveritiesButNotWhereThePlaceIsMilder) {
  const auto today = day(2026, 11, 24);
  const Policy policy = policy_of(
      {{settings_of("[checks]\nunresolved-reference = \"error\"\ntag-moved = \"warning\"\n", "images.toml"), ""}});
  image::Finding unresolved = finding("unresolved-reference");
  policy.judge(unresolved, today);
  EXPECT_EQ(unresolved.severity, Severity::error);
  image::Finding moved = finding("tag-moved");
  policy.judge(moved, today);
  EXPECT_EQ(moved.severity, Severity::warning);
  image::Finding in_force = finding("tag-moved");
  in_force.severity = Severity::note;
  policy.judge(in_force, today);
  EXPECT_EQ(in_force.severity, Severity::note);
  image::Finding seal = finding("seal-broken");
  policy.judge(seal, today);
  EXPECT_EQ(seal.severity, Severity::error);
}

TEST(Policy, AnAcceptMakesANoteUntilItsLastDay) {
  const Policy policy =
      policy_of({{settings_of("[[accept]]\ncheck = \"digest-gone\"\nimages = [\"quay.io/a/*\"]\nreason = "
                              "\"kept on the nodes\"\nuntil = 2026-12-31\n",
                              "images.toml"),
                  ""}});
  image::Finding covered = finding("digest-gone", "quay.io/a/b:1");
  policy.judge(covered, day(2026, 12, 31));
  EXPECT_EQ(covered.severity, Severity::note);
  EXPECT_EQ(covered.hint, "accepted by images.toml:1: kept on the nodes (until 2026-12-31)");
  image::Finding late = finding("digest-gone", "quay.io/a/b:1");
  policy.judge(late, day(2027, 1, 1));
  EXPECT_EQ(late.severity, Severity::error);
  image::Finding other = finding("digest-gone", "nginx:1");
  policy.judge(other, day(2026, 12, 31));
  EXPECT_EQ(other.severity, Severity::error);
  image::Finding without = finding("digest-gone");
  policy.judge(without, day(2026, 12, 31));
  EXPECT_EQ(without.severity, Severity::error);
  EXPECT_TRUE(policy.expired(day(2026, 12, 31)).empty());
  EXPECT_EQ(test::show(policy.expired(day(2027, 1, 1))),
            "images.toml:1:1: warning[accept-expired]: the exception to `digest-gone` ended on 2026-12-31\n"
            "    [[accept]]\n"
            "    ^~~~~~~~~~\n"
            "  hint: remove it, or give it a new day and a reason that is still true\n");
}

TEST(Policy, AnAcceptOfFilesNeedsAFile) {
  const Policy policy = policy_of(
      {{settings_of("[[accept]]\ncheck = \"tag-moved\"\nfiles = [\"a/*\"]\nreason = \"r\"\n", "images.toml"), ""}});
  image::Finding there = finding("tag-moved", "nginx:1", "a/Dockerfile");
  policy.judge(there, day(2026, 1, 1));
  EXPECT_EQ(there.severity, Severity::note);
  image::Finding nowhere = finding("tag-moved", "nginx:1");
  policy.judge(nowhere, day(2026, 1, 1));
  EXPECT_EQ(nowhere.severity, Severity::error);
}

TEST(Policy, PlatformsOfNestedScopesAddUp) {
  const Policy policy =
      policy_of({{settings_of("platforms = [\"linux/amd64\"]\n", "images.toml"), ""},
                 {settings_of("platforms = [\"linux/arm64\", \"linux/amd64\"]\n", "a/images.toml"), ""}});
  ASSERT_EQ(policy.platforms().size(), 2U);
  EXPECT_EQ(policy.platforms()[0].text(), "linux/amd64");
  EXPECT_EQ(policy.platforms()[1].text(), "linux/arm64");
}

TEST(Policy, AnInnerScopeCannotLowerWhatAnOuterOneSays) {
  const settings::Settings outer =
      settings_of("[checks]\ntag-moved = \"error\"\npins-differ = \"note\"\n", "images.toml");
  const auto lower =
      Policy::make({{outer, ""}, {settings_of("[checks]\ntag-moved = \"note\"\n", "a/images.toml"), ""}});
  ASSERT_FALSE(lower);
  EXPECT_EQ(test::show(lower.error()),
            "a/images.toml:2:1: configuration: `tag-moved` is stricter in images.toml:2, and an inner scope can only "
            "tighten\n"
            "    tag-moved = \"note\"\n"
            "    ^~~~~~~~~\n"
            "  hint: remove the line, or change the outer one\n");
  const auto accept = Policy::make(
      {{outer, ""}, {settings_of("[[accept]]\ncheck = \"tag-moved\"\nreason = \"r\"\n", "a/images.toml"), ""}});
  ASSERT_FALSE(accept);
  EXPECT_EQ(test::show(accept.error()),
            "a/images.toml:1:1: configuration: `tag-moved` is decided in images.toml:2, and an inner scope can only "
            "tighten\n"
            "    [[accept]]\n"
            "    ^~~~~~~~~~\n"
            "  hint: move the [[accept]] to images.toml\n");
  const Policy raised =
      policy_of({{outer, ""}, {settings_of("[checks]\npins-differ = \"error\"\n", "a/images.toml"), ""}});
  image::Finding pins = finding("pins-differ");
  raised.judge(pins, day(2026, 1, 1));
  EXPECT_EQ(pins.severity, Severity::error);
}

TEST(Policy, ARegistryIsDescribedOnce) {
  const auto outer = settings_of("[registry.\"docker.io\"]\nca = \"a.pem\"\n", "images.toml");
  const auto inner = settings_of("\n[registry.\"docker.io\"]\nlayout = \"b\"\n", "a/images.toml");
  const auto other = settings_of("[registry.\"quay.io\"]\nca = \"a.pem\"\n", "b/images.toml");
  const std::vector<const settings::Settings*> good{&outer, &other};
  EXPECT_EQ(merge_registries(good)->size(), 2U);
  const std::vector<const settings::Settings*> bad{&outer, &inner};
  EXPECT_EQ(test::show(merge_registries(bad).error()),
            "a/images.toml:2:11: configuration: the registry docker.io is described in images.toml:1 already\n"
            "    [registry.\"docker.io\"]\n"
            "              ^~~~~~~~~~~\n"
            "  hint: describe it once, in the outer of the two files\n");
}

constexpr std::string_view kSigner =
    "[signer.acme]\nkind = \"sigstore\"\nissuer = \"https://token.example\"\nsubject = "
    "\"https://ci.example/acme/**\"\n";
constexpr std::string_view kRule = "[[rule]]\nimages = [\"ghcr.io/acme/**\"]\nsigners = [\"acme\"]\n";

TEST(Rules, OfOuterScopesHoldInInnerOnesTogetherWithTheirOwn) {
  const std::string outer = std::string(kSigner) + std::string(kRule);
  const std::string inner =
      "[signer.base]\nkind = \"sigstore\"\nissuer = \"https://token.example\"\nsubject = \"release@acme.example\"\n"
      "[[rule]]\nimages = [\"ghcr.io/acme/base:*\"]\nany-of = [\"acme\", \"base\"]\nthreshold = 2\n";
  const Policy policy =
      policy_of({{settings_of(outer, "images.toml"), ""}, {settings_of(inner, "team/images.toml"), ""}});
  EXPECT_EQ(policy.signers().size(), 2U);
  EXPECT_EQ(policy.rules_for(reference("ghcr.io/acme/base:12")).size(), 2U);
  EXPECT_EQ(policy.rules_for(reference("ghcr.io/acme/other:12")).size(), 1U);
  EXPECT_TRUE(policy.rules_for(reference("nginx:1")).empty());
}

TEST(Rules, AnInnerScopeCannotTakeAnOuterRuleBack) {
  struct Row {
    std::string inner;
    std::string error;
  };
  const std::string outer = std::string(kSigner) + std::string(kRule);
  for (const Row& row : std::vector<Row>{
           {"[[accept]]\ncheck = \"unsigned\"\nreason = \"later\"\n",
            "team/images.toml:1:1: configuration: the [[rule]] in images.toml:5 decides what is `unsigned`, and an "
            "inner "
            "scope can only tighten\n    [[accept]]\n    ^~~~~~~~~~\n  hint: move this to images.toml\n"},
           {"[checks]\nsigner-missing = \"note\"\n",
            "team/images.toml:2:1: configuration: the [[rule]] in images.toml:5 decides what is `signer-missing`, and "
            "an "
            "inner scope can only tighten\n    signer-missing = \"note\"\n    ^~~~~~~~~~~~~~\n  hint: move this to "
            "images.toml\n"},
           {std::string(kSigner),
            "team/images.toml:1:9: configuration: the signer acme is described in images.toml:1 already\n"
            "    [signer.acme]\n            ^~~~\n  hint: give this one another name\n"},
           {"[[rule]]\nimages = [\"**\"]\nsigners = [\"acne\"]\n",
            "team/images.toml:3:12: configuration: there is no signer 'acne'\n    signers = [\"acne\"]\n"
            "               ^~~~~~\n  hint: did you mean 'acme'?\n"},
       }) {
    const auto policy =
        Policy::make({{settings_of(outer, "images.toml"), ""}, {settings_of(row.inner, "team/images.toml"), ""}});
    EXPECT_EQ(policy ? "" : test::show(policy.error()), row.error);
  }
  const std::string allowed =
      "[[accept]]\ncheck = \"signer-changed\"\nreason = \"moved\"\n[checks]\nunsigned = \"error\"\n";
  EXPECT_TRUE(Policy::make({{settings_of(outer, "images.toml"), ""}, {settings_of(allowed, "team/images.toml"), ""}}));
}

}  // namespace
}  // namespace lock::policy
