import Glibc

@main
struct Vedette {
    static func main() {}
}
