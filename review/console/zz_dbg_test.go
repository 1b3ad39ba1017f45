package console
import ("testing";"net/http/httptest";"log/slog";"os";"net/http")
func TestDbg(t *testing.T){ w:=typical(); c:=newConsole(t,w,func(c *Config){c.Log=slog.New(slog.NewTextHandler(os.Stderr,nil))})
 for _,p:=range []string{"/queue","/queue?view=all","/tickets/sandbox/1040","/tickets/sandbox/1042","/tickets/sandbox/1046","/knowledge","/report","/operations","/report/tickets?figure=handling:measured","/knowledge/document?id=help%2Farticles%2Farticle-03.md"}{
 r:=httptest.NewRequest("GET",p,nil); r.AddCookie(&http.Cookie{Name:"footnote",Value:"session-admin"}); rec:=httptest.NewRecorder(); c.Handler().ServeHTTP(rec,r); t.Log(p,rec.Code)}}
