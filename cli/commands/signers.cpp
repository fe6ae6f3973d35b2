#include "lockfile/ops/signers.hpp"

#include <algorithm>

#include "cli/commands/all.hpp"
#include "cli/commands/run.hpp"
#include "cli/report/rows.hpp"
#include "resolver/base/text.hpp"

namespace lock::cli {
namespace {

namespace options = boost::program_options;
using image::SignatureReport;
using image::SignatureState;

void declare(options::options_description& description) {
  description.add_options()("image", options::value<std::string>(), "");
}

boost::json::object to_json(const ops::FoundSignature& found) {
  const SignatureReport& report = found.report;
  boost::json::object out;
  out["format"] = report.format;
  out["location"] = report.location;
  out["state"] = name_of(report.state);
  if (report.signer) {
    out["signer"] = cli::to_json(*report.signer);
    boost::json::array names;
    for (const std::string& name : found.names) names.push_back(boost::json::string(name));
    out["names"] = std::move(names);
    out["recorded"] = found.recorded;
    out["image-signature"] = report.is_image_signature();
  }
  const std::initializer_list<std::pair<std::string_view, const std::string*>> texts = {
      {"predicate-type", &report.predicate_type},
      {"step", &report.step},
      {"reason", &report.reason},
      {"claimed-issuer", &report.claimed_issuer},
      {"claimed-subject", &report.claimed_subject}};
  for (const auto& [name, text] : texts) {
    if (!text->empty()) out[name] = *text;
  }
  return out;
}

boost::json::object to_json(const ops::SignersOfImage& image) {
  boost::json::object out;
  out["reference"] = image.image.canonical();
  out["digest"] = image.digest.text();
  if (!image.lock_file.empty()) out["lock"] = image.lock_file;
  boost::json::array recorded;
  for (const image::Signer& signer : image.recorded) recorded.push_back(cli::to_json(signer));
  out["recorded"] = std::move(recorded);
  boost::json::array signatures;
  for (const ops::FoundSignature& found : image.signatures) signatures.push_back(to_json(found));
  out["signatures"] = std::move(signatures);
  out["unsigned"] = image.proven_unsigned;
  boost::json::array undetermined;
  for (const std::string& place : image.undetermined) undetermined.push_back(boost::json::string(place));
  out["undetermined"] = std::move(undetermined);
  return out;
}

std::string state_text(SignatureState state, const Style& style) {
  std::string name(name_of(state));
  name.resize(12, ' ');
  if (state == SignatureState::verified) return style.green(name);
  return state == SignatureState::invalid ? style.red(name) : style.yellow(name);
}

std::string what_for(const ops::FoundSignature& found) {
  std::string out;
  if (!found.names.empty()) out += ", " + base::join(found.names, " and ") + " of images.toml";
  if (!found.report.is_image_signature()) return out + ", says " + base::harmless(found.report.predicate_type);
  return out + (found.recorded ? ", recorded in the lock" : "");
}

std::string to_text(const ops::FoundSignature& found, const Style& style) {
  const SignatureReport& report = found.report;
  const std::string indent = "\n              ";
  std::string out = "  " + state_text(report.state, style) + report.format + ", " + base::harmless(report.location);
  if (report.signer) {
    out += indent + "by " + base::harmless(describe(*report.signer)) + what_for(found);
  } else {
    out += indent + "failed at " + report.step + ": " + base::harmless(report.reason, 2000);
    if (!report.claimed_subject.empty()) {
      out += indent + "claims " + base::harmless(report.claimed_subject) + " (issuer " +
             base::harmless(report.claimed_issuer) + ")";
    }
  }
  return out + "\n";
}

std::string to_text(const ops::SignersOfImage& image, const Style& style) {
  std::string out = style.bold(base::harmless(image.image.familiar(), 300)) + " " + image.digest.short_text() +
                    style.dim(image.lock_file.empty() ? " (not locked)" : " (" + image.lock_file + ")") + "\n";
  for (const ops::FoundSignature& found : image.signatures) out += to_text(found, style);
  for (const image::Signer& signer : image.recorded) {
    const bool there = std::ranges::any_of(image.signatures, [&](const ops::FoundSignature& found) {
      return found.report.signer && found.report.is_image_signature() && continues(signer, *found.report.signer);
    });
    if (!there)
      out += "  " + style.red("missing     ") + "recorded in the lock: " + base::harmless(describe(signer)) + "\n";
  }
  for (const std::string& place : image.undetermined) {
    out += "  " + state_text(SignatureState::undetermined, style) + base::harmless(place, 2000) + "\n";
  }
  if (image.proven_unsigned) out += "  unsigned: no referrers, and no tags of signatures or attestations\n";
  return out;
}

bool is_undetermined(const ops::SignersOfImage& image) {
  return !image.undetermined.empty() || std::ranges::any_of(image.signatures, [](const ops::FoundSignature& found) {
    return found.report.state == SignatureState::undetermined;
  });
}

Result<Outcome> run(const options::variables_map& values, Session& session) {
  if (!values.contains("image")) {
    return fail(ErrorKind::usage, "`lock signers` wants an image", "as in `lock signers ghcr.io/acme/base:12`");
  }
  auto opened = open_workspace(session);
  if (!opened) return std::unexpected(opened.error());
  auto registry = session.open_registry(opened->workspace, session);
  if (!registry) return std::unexpected(registry.error());
  auto verifier = session.open_verifier(opened->workspace, session);
  if (!verifier) return std::unexpected(verifier.error());
  auto result = ops::signers(opened->workspace, values["image"].as<std::string>(), **registry, **verifier);
  if (!result) return std::unexpected(result.error());
  Outcome outcome;
  if (std::ranges::any_of(result->images, is_undetermined)) outcome.status = exit_code::undetermined;
  boost::json::array images;
  for (const auto& image : result->images) images.push_back(to_json(image));
  outcome.report.document["schema"] = 1;
  outcome.report.document["images"] = std::move(images);
  if (!session.global.quiet) {
    for (const std::string& note : result->notes) session.streams.err("note: " + note + " [trusted-root-old]\n");
  }
  outcome.report.text = [images = std::move(result->images)](const Style& style) {
    std::string out;
    for (const auto& image : images) out += to_text(image, style);
    return out;
  };
  return outcome;
}

}  // namespace

const Command signers_command = {
    .name = "signers",
    .arguments = "IMAGE",
    .summary = "show every signature of an image and what verified",
    .details =
        "Shows what is found for a locked image, or one that is resolved now: signatures and attestations, who\n"
        "made them, and for each that counts for nobody the step of the verification that failed. What could not\n"
        "be read is listed, and the exit status is then 3.",
    .declare = declare,
    .positional = "image",
    .most_positional = 1,
    .run = run,
};

}  // namespace lock::cli
