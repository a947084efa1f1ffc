import Testing

@testable import vedette

struct ArgumentParserTests {
    @Test(arguments: [
        ("wach", "there is no command 'wach' (did you mean watch?); see vedette --help"),
        (
            "detect --scroe 0.3",
            "there is no option --scroe (did you mean --score?); see vedette detect --help"
        ),
        ("detect --gibberish", "there is no option --gibberish; see vedette detect --help"),
        ("detect --loop a.mp4", "--loop is an option of watch, not of detect"),
        ("bench -l x", "-l is an option of watch, detect, not of bench"),
        ("detect a.mp4 --score", "--score needs a value: --score X"),
        ("watch --loop=yes", "--loop takes no value"),
        ("watch --score 1.5", "--score: '1.5' is not a number from 0 to 1"),
        ("watch --score nan", "--score: 'nan' is not a number from 0 to 1"),
        ("watch --threads 0", "--threads: '0' is not a whole number from 1 to 256"),
        (
            "watch --stride 99999999999999999999",
            "--stride: '99999999999999999999' is not a whole number from 1 to 1000000"
        ),
        ("watch --start soon", "--start: 'soon' is not a time such as 10s, 250ms, 90 or 1:30"),
        ("watch --size 0x0", "--size: '0x0' is not a size such as 1280x720"),
        ("watch --picture octant", "--picture: 'octant' is not one of auto, half, ascii"),
        ("detect --log-frames every=0", "--log-frames: 'every=0' is not all, nonempty, none or every=N"),
        ("detect --sco 0.3", "there is no option --sco; see vedette detect --help"),
    ])
    func wrongWordsGetOneSentence(line: String, sentence: String) throws {
        let error = #expect(throws: UsageError.self) {
            try ArgumentParser.parse(line.split(separator: " ").map(String.init))
        }
        #expect(error?.description == sentence)
    }

    @Test func optionsAndArgumentsComeInAnyOrder() throws {
        let parsed = try ArgumentParser.parse([
            "detect", "a.mp4", "-qvl", "x.jsonl", "--score=0.3", "b.mp4", "-v", "--", "--odd",
        ])
        #expect(parsed.positionals == ["a.mp4", "b.mp4", "--odd"])
        #expect(parsed.flags == ["quiet": 1, "verbose": 2])
        #expect(parsed.values == ["log": "x.jsonl", "score": "0.3"])
    }

    @Test func shortOptionTakesItsValueDirectly() throws {
        #expect(try ArgumentParser.parse(["detect", "-lx.jsonl", "a"]).text("log") == "x.jsonl")
    }

    @Test func aLoneDashIsAnArgument() throws {
        #expect(try ArgumentParser.parse(["detect", "-", "--log", "-"]).positionals == ["-"])
    }

    @Test func noTakesAnOptionBack() throws {
        let parsed = try ArgumentParser.parse([
            "watch", "--loop", "--score", "0.9", "--no-loop", "--no-score",
        ])
        #expect(!parsed.has("loop"))
        #expect(parsed.number("score") == nil)
    }

    @Test(arguments: [
        ("90", 90), ("1:30", 90), ("0:01:30.5", 90.5), ("250ms", 0.25), ("10s", 10), ("5m", 300),
        ("2h", 7200),
    ])
    func timesAreRead(text: String, seconds: Double) {
        #expect(ValueSyntax.seconds(text) == seconds)
    }

    @Test(arguments: ["", "-1", "1:60", "1:2:3:4", "1e300h", "inf", "nan", "::", "1:-2", "ms"])
    func oddTimesAreRefused(text: String) {
        #expect(ValueSyntax.seconds(text) == nil)
    }

    @Test func everyOptionOfEveryCommandIsInItsHelp() {
        for command in CommandName.allCases {
            let text = Help.text(of: command)
            for option in OptionTable.options(of: command) {
                #expect(text.contains("--\(option.name)"), "\(command): --\(option.name)")
            }
            #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(command): too wide")
        }
    }

    @Test func namesAndLettersAreUnique() {
        for command in CommandName.allCases {
            let options = OptionTable.options(of: command)
            #expect(Set(options.map(\.name)).count == options.count)
            let letters = options.compactMap(\.short)
            #expect(Set(letters).count == letters.count)
        }
    }
}
