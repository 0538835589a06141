#include "app/options.h"

#include <gtest/gtest.h>

namespace rocky::app {
namespace {

using namespace commands;

Result<Invocation> parsed(const std::vector<std::string>& arguments) {
  auto result = parse_options(arguments);
  if (!result) return std::move(result).error();
  return std::get<Invocation>(*result);
}

std::string help_of(const std::vector<std::string>& arguments) {
  const auto result = parse_options(arguments);
  const auto* text = result ? std::get_if<PrintText>(&*result) : nullptr;
  return text ? text->text : "";
}

TEST(Options, GlobalOptionsStandBeforeOrAfterTheVerb) {
  for (const auto& line : {std::vector<std::string>{"-c", "x.toml", "-o", "json", "run"},
                           {"run", "-c", "x.toml", "-o", "json"},
                           {"--config=x.toml", "run", "--output=json"}}) {
    const auto invocation = parsed(line);
    ASSERT_TRUE(invocation.has_value()) << invocation.error().message;
    EXPECT_EQ(invocation->globals.config_path, "x.toml");
    EXPECT_EQ(invocation->globals.format, OutputFormat::Json);
    EXPECT_EQ(invocation->verb, "run");
  }
}

TEST(Options, NestedVerbsAreTold) {
  const auto show = parsed({"state", "claims", "show", "my key", "-o", "json"});
  ASSERT_TRUE(show.has_value()) << show.error().message;
  EXPECT_EQ(show->verb, "state claims show");
  EXPECT_EQ(std::get<ClaimsShowArguments>(show->arguments).key, "my key");
  const auto state = parsed({"state"});
  ASSERT_TRUE(state.has_value()) << state.error().message;
  EXPECT_TRUE(std::holds_alternative<StateShowArguments>(state->arguments));
}

TEST(Options, AKeyIsTakenAsItIs) {
  for (const char* key : {"a=b", "[x]", "\"quoted\"", " spaces ", "k\n", "{}", "%s", "true"}) {
    const auto run = parsed({"run", "--idempotency-key", key});
    ASSERT_TRUE(run.has_value()) << run.error().message;
    EXPECT_EQ(std::get<RunArguments>(run->arguments).idempotency_key, key);
  }
  const auto dash = parsed({"run", "--idempotency-key=-x"});
  ASSERT_TRUE(dash.has_value()) << dash.error().message;
  EXPECT_EQ(std::get<RunArguments>(dash->arguments).idempotency_key, "-x");
}

TEST(Options, AnEmptyKeyIsWrongUsageButAnEmptyVariableIsUnset) {
  EXPECT_EQ(parsed({"run", "--idempotency-key", ""}).error().code, ErrorCode::Usage);
  ::setenv("ROCKY_IDEMPOTENCY_KEY", "", 1);
  EXPECT_FALSE(std::get<RunArguments>(parsed({"run"})->arguments).idempotency_key.has_value());
  ::setenv("ROCKY_IDEMPOTENCY_KEY", "from-environment", 1);
  EXPECT_EQ(std::get<RunArguments>(parsed({"run"})->arguments).idempotency_key, "from-environment");
  EXPECT_EQ(std::get<RunArguments>(parsed({"run", "--idempotency-key", "given"})->arguments)
                .idempotency_key,
            "given");
  ::unsetenv("ROCKY_IDEMPOTENCY_KEY");
}

TEST(Options, AKeyAndAResumeExcludeEachOther) {
  EXPECT_EQ(parsed({"run", "--idempotency-key", "k", "--resume", "run-1"}).error().code,
            ErrorCode::Usage);
  EXPECT_EQ(parsed({"run", "--resume-latest", "--idempotency-key", "k"}).error().code,
            ErrorCode::Usage);
}

TEST(Options, OptionsOfLaterVersionsAreNamedNotMisread) {
  const auto run = parsed({"run", "--models", "models", "--all", "--filter", "client=acme"});
  ASSERT_TRUE(run.has_value()) << run.error().message;
  EXPECT_EQ(std::get<RunArguments>(run->arguments).not_yet,
            (std::vector<std::string>{"--models", "--all"}));
  EXPECT_EQ(std::get<RunArguments>(run->arguments).selection.filter, "client=acme");
}

TEST(Options, WrongUsageIsToldAsSuch) {
  for (const auto& line : {std::vector<std::string>{"rum"},
                           {"run", "--no-such-option"},
                           {"run", "--on-in-flight", "explode"},
                           {"-o", "yaml", "run"},
                           {"state", "claims", "show"},
                           {"state", "claims", "release", "k"},
                           {"run", "--var", "novalue"},
                           {"run", "--wait-timeout", "soon"}}) {
    const auto invocation = parsed(line);
    ASSERT_FALSE(invocation.has_value()) << line.front();
    EXPECT_EQ(invocation.error().code, ErrorCode::Usage) << invocation.error().message;
    EXPECT_FALSE(invocation.error().message.empty());
  }
}

TEST(Options, AMisspeltVerbIsAnsweredWithTheRightOne) {
  EXPECT_EQ(parsed({"--output", "json", "rum"}).error().hint, "did you mean `rocky run`?");
  EXPECT_EQ(parsed({"valdate", "-v"}).error().hint, "did you mean `rocky validate`?");
}

TEST(Options, VariablesAreSplitAtTheFirstEqualsSign) {
  const auto run = parsed({"--var", "a=1=2", "run", "--var", "b="});
  ASSERT_TRUE(run.has_value()) << run.error().message;
  EXPECT_EQ(run->globals.variables,
            (std::vector<std::pair<std::string, std::string>>{{"a", "1=2"}, {"b", ""}}));
}

TEST(Options, HelpNamesEnvironmentVariablesAndExamples) {
  const std::string run = help_of({"run", "--help"});
  EXPECT_NE(run.find("ROCKY_IDEMPOTENCY_KEY"), std::string::npos) << run;
  EXPECT_NE(run.find("Examples:"), std::string::npos);
  EXPECT_EQ(run.find("--shadow"), std::string::npos) << "not acted on: not offered";
  const std::string all = help_of({});
  EXPECT_NE(all.find("playground"), std::string::npos) << all;
  EXPECT_EQ(all, help_of({"help"}));
}

TEST(Options, TheFormatIsKnownEvenWhenTheRestIsNot) {
  EXPECT_EQ(format_asked_for({"rum", "--output", "json"}), OutputFormat::Json);
  EXPECT_EQ(format_asked_for({"--output=md"}), OutputFormat::Markdown);
  EXPECT_EQ(format_asked_for({"-o", "table", "rum"}), OutputFormat::Table);
  EXPECT_EQ(format_asked_for({"rum"}), std::nullopt);
}

}  // namespace
}  // namespace rocky::app
