// Rows of the JSON contract and of text reports that several commands share: occurrences and lock entries.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "cli/report/report.hpp"
#include "lockfile/document/document.hpp"
#include "resolver/image/occurrence.hpp"

namespace lock::cli {

[[nodiscard]] std::string_view name_of(image::Status status);
[[nodiscard]] std::string_view name_of(image::Class occurrence_class);
[[nodiscard]] std::string_view name_of(image::Kind kind);

// {"reference","canonical","file","line","column","format","path","class","kind","status","reason"}
[[nodiscard]] boost::json::object to_json(const image::Occurrence& occurrence);
// `file:line:col  reference  (format)`, with status and reason where there is something to say.
[[nodiscard]] std::string to_text(const image::Occurrence& occurrence, const Style& style);

// {"kind",…} with the members that images.lock has for its kind.
[[nodiscard]] boost::json::object to_json(const image::Signer& signer);
// {"old":[…],"new":[…]}
[[nodiscard]] boost::json::object to_json(const std::vector<image::Signer>& before,
                                          const std::vector<image::Signer>& after);
// A line for each signer that is only in one of the two, `- signed by …` and `+ signed by …`.
[[nodiscard]] std::string signers_text(const std::vector<image::Signer>& before,
                                       const std::vector<image::Signer>& after, std::string_view indent,
                                       const Style& style);

// The facts of images.lock: {"reference","digest","media-type","platforms","signers" or "signatures"}
[[nodiscard]] boost::json::object to_json(const document::Entry& entry);

}  // namespace lock::cli
